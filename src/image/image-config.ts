import type { HealthcheckSpec } from '../model/container.ts';
import type { ImageConfig, ImageRecord } from '../model/image.ts';
import { archiveDocumentInvalid } from './errors.ts';

/** What the configuration of an image says; the store adds names and sizes. */
export type ImageDescription = Pick<
  ImageRecord,
  'created' | 'architecture' | 'os' | 'author' | 'config' | 'diffIds' | 'history'
>;

export const EMPTY_CONFIG: ImageConfig = {
  user: '',
  env: [],
  entrypoint: [],
  command: [],
  workingDir: '',
  labels: {},
  exposedPorts: [],
  volumes: [],
  stopSignal: '',
};

/** Reads an image configuration (OCI image-spec `config.md`, with Docker's additions). Throws EngineError. */
export function readImageConfig(value: unknown, document: string): ImageDescription {
  const image = new Reader(document, value);
  const config = image.object('config');
  const healthcheck = config.object('Healthcheck');
  const shell = config.texts('Shell');
  const onBuild = config.texts('OnBuild');
  return {
    created: image.text('created') || NO_TIME,
    architecture: image.text('architecture'),
    os: image.text('os') || 'linux',
    author: image.text('author'),
    diffIds: diffIdsOf(image),
    history: image.objects('history').map((entry) => ({
      created: entry.text('created'),
      createdBy: entry.text('created_by'),
      empty: entry.flag('empty_layer'),
      comment: entry.text('comment'),
    })),
    config: {
      user: config.text('User'),
      env: config.texts('Env'),
      entrypoint: config.texts('Entrypoint'),
      command: config.texts('Cmd'),
      workingDir: config.text('WorkingDir'),
      labels: config.textMap('Labels'),
      exposedPorts: config.keys('ExposedPorts'),
      volumes: config.keys('Volumes'),
      stopSignal: config.text('StopSignal'),
      ...(healthcheck.texts('Test').length > 0 ? { healthcheck: readHealthcheck(healthcheck) } : {}),
      ...(shell.length > 0 ? { shell } : {}),
      ...(onBuild.length > 0 ? { onBuild } : {}),
    },
  };
}

/** The configuration file of an image made here. */
export function writeImageConfig(image: ImageDescription): string {
  const { config } = image;
  return JSON.stringify({
    created: image.created,
    author: image.author || undefined,
    architecture: image.architecture,
    os: image.os,
    config: {
      User: config.user || undefined,
      ExposedPorts: keysOf(config.exposedPorts),
      Env: listOf(config.env),
      Entrypoint: listOf(config.entrypoint),
      Cmd: listOf(config.command),
      Volumes: keysOf(config.volumes),
      WorkingDir: config.workingDir || undefined,
      Labels: Object.keys(config.labels).length > 0 ? config.labels : undefined,
      StopSignal: config.stopSignal || undefined,
      Shell: config.shell,
      OnBuild: config.onBuild,
      Healthcheck: config.healthcheck ? writeHealthcheck(config.healthcheck) : undefined,
    },
    rootfs: { type: 'layers', diff_ids: image.diffIds },
    history: image.history.map((entry) => ({
      created: entry.created,
      created_by: entry.createdBy || undefined,
      comment: entry.comment || undefined,
      empty_layer: entry.empty || undefined,
    })),
  });
}

const NO_TIME = '0001-01-01T00:00:00Z';

function diffIdsOf(image: Reader): readonly string[] {
  const diffIds = image.object('rootfs').texts('diff_ids');
  const wrong = diffIds.find((diffId) => !/^sha256:[0-9a-f]{64}$/.test(diffId));
  if (wrong !== undefined) throw image.invalid(`"${wrong}" in rootfs.diff_ids is not a sha256 digest`);
  if (diffIds.length > MAX_LAYERS) throw image.invalid(`it has over ${MAX_LAYERS} layers`);
  return diffIds;
}

/** As many as Docker allows; the kernel's own limit for overlayfs is 500. */
const MAX_LAYERS = 127;

function readHealthcheck(check: Reader): HealthcheckSpec {
  return {
    test: check.texts('Test'),
    interval: check.number('Interval'),
    timeout: check.number('Timeout'),
    startPeriod: check.number('StartPeriod'),
    startInterval: check.number('StartInterval'),
    retries: check.number('Retries'),
  };
}

function writeHealthcheck(check: HealthcheckSpec): object {
  return {
    Test: check.test,
    Interval: check.interval || undefined,
    Timeout: check.timeout || undefined,
    StartPeriod: check.startPeriod || undefined,
    StartInterval: check.startInterval || undefined,
    Retries: check.retries || undefined,
  };
}

function listOf(values: readonly string[]): readonly string[] | undefined {
  return values.length > 0 ? values : undefined;
}

function keysOf(values: readonly string[]): Record<string, object> | undefined {
  return values.length > 0 ? Object.fromEntries(values.map((value) => [value, {}])) : undefined;
}

/** Reads members of a JSON object of unknown shape; absent and null are empty, a wrong type is an error. */
export class Reader {
  readonly #document: string;
  readonly #value: Readonly<Record<string, unknown>>;

  constructor(document: string, value: unknown) {
    this.#document = document;
    if (!isObject(value)) throw this.invalid('it is not a JSON object');
    this.#value = value;
  }

  invalid(why: string): Error {
    return archiveDocumentInvalid(this.#document, why);
  }

  text(key: string): string {
    const value = this.#value[key] ?? '';
    if (typeof value !== 'string') throw this.invalid(`"${key}" is not a text`);
    return value;
  }

  number(key: string): number {
    const value = this.#value[key] ?? 0;
    if (typeof value !== 'number') throw this.invalid(`"${key}" is not a number`);
    return value;
  }

  flag(key: string): boolean {
    return this.#value[key] === true;
  }

  texts(key: string): readonly string[] {
    return this.#list(key).map((item) => {
      if (typeof item !== 'string') throw this.invalid(`"${key}" is not a list of texts`);
      return item;
    });
  }

  object(key: string): Reader {
    return new Reader(`${this.#document} (${key})`, this.#value[key] ?? {});
  }

  objects(key: string): readonly Reader[] {
    return this.#list(key).map((item) => new Reader(`${this.#document} (${key})`, item));
  }

  keys(key: string): readonly string[] {
    const value = this.#value[key] ?? {};
    if (!isObject(value)) throw this.invalid(`"${key}" is not an object`);
    return Object.keys(value);
  }

  textMap(key: string): Readonly<Record<string, string>> {
    const reader = this.object(key);
    return Object.fromEntries(this.keys(key).map((name) => [name, reader.text(name)]));
  }

  #list(key: string): readonly unknown[] {
    const value = this.#value[key] ?? [];
    if (!Array.isArray(value)) throw this.invalid(`"${key}" is not a list`);
    return value;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
