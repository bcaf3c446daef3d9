import { parse as splitWords } from 'shell-quote';
import type { HealthcheckSpec } from '../model/container.ts';
import type { ImageConfig } from '../model/image.ts';
import { changeInvalid } from './errors.ts';

/**
 * Applies lines such as `CMD ["sh"]` or `ENV A=b` to a configuration, with the meaning they have in a Dockerfile.
 * Throws EngineError IMPORT_CHANGE_INVALID.
 */
export function applyChanges(config: ImageConfig, changes: readonly string[]): ImageConfig {
  return changes.flatMap(instructionsOf).reduce(applyChange, config);
}

/** A change may hold several instructions, one a line. */
function instructionsOf(change: string): string[] {
  const lines = change.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? [change] : lines;
}

function applyChange(config: ImageConfig, change: string): ImageConfig {
  const match = /^\s*([A-Za-z]+)(?:\s+([\s\S]*))?$/.exec(change);
  const word = match?.[1]?.toUpperCase() ?? '';
  const apply = CHANGES[word];
  if (!apply) throw changeInvalid(change, word === '' ? 'it is empty' : `${word} is not known here`);
  const text = (match?.[2] ?? '').trim();
  if (text === '') throw changeInvalid(change, `${word} needs a value`);
  return { ...config, ...apply({ config, text, change }) };
}

interface Change {
  readonly config: ImageConfig;
  /** What stands after the word. */
  readonly text: string;
  readonly change: string;
}

const CHANGES: Readonly<Record<string, (change: Change) => Partial<ImageConfig>>> = {
  CMD: (change) => ({ command: commandOf(change) }),
  ENTRYPOINT: (change) => ({ entrypoint: commandOf(change) }),
  ENV: ({ config, ...change }) => ({ env: withEnv(config.env, pairsOf(change)) }),
  EXPOSE: ({ config, ...change }) => ({ exposedPorts: union(config.exposedPorts, portsOf(change)) }),
  HEALTHCHECK: (change) => ({ healthcheck: healthcheckOf(change) }),
  LABEL: ({ config, ...change }) => ({
    labels: { ...config.labels, ...Object.fromEntries(pairsOf(change)) },
  }),
  SHELL: (change) => ({ shell: shellOf(change) }),
  STOPSIGNAL: ({ text }) => ({ stopSignal: text }),
  USER: ({ text }) => ({ user: text }),
  VOLUME: ({ config, ...change }) => ({ volumes: union(config.volumes, volumesOf(change)) }),
  WORKDIR: ({ config, text }) => ({
    workingDir: text.startsWith('/') ? text : `${config.workingDir}/${text}`.replace(/^\/*/, '/'),
  }),
};

/** `["a", "b"]` as it is; other text by the shell. */
function commandOf({ config, text, change }: Change): readonly string[] {
  return jsonList(text, change) ?? [...(config.shell ?? ['/bin/sh', '-c']), text];
}

/** As in a Dockerfile, what starts like a list but is no JSON is text for the shell. */
function jsonList(text: string, change: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (!isList) throw changeInvalid(change, 'the list must hold texts only');
  return value as string[];
}

/** `K=V K2="V 2"`, or the old form `K the rest`. */
function pairsOf({ text, change }: Pick<Change, 'text' | 'change'>): [string, string][] {
  const old = /^([^\s=]+)\s+([\s\S]*)$/.exec(text);
  if (old) return [[old[1] ?? '', old[2] ?? '']];
  return wordsOf(text, change).map((word) => {
    const equals = word.indexOf('=');
    if (equals < 1) throw changeInvalid(change, `"${word}" is not NAME=value`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

function wordsOf(text: string, change: string): string[] {
  // `$NAME` stays as it stands: there is no build environment to take it from.
  const words = splitWords(text, (name) => `$${name}`);
  return words.map((word) => {
    if (typeof word === 'string') return word;
    if ('pattern' in word) return word.pattern;
    throw changeInvalid(change, 'quote what has a special meaning to the shell');
  });
}

function withEnv(env: readonly string[], pairs: readonly [string, string][]): readonly string[] {
  const names = new Set(pairs.map(([name]) => name));
  const kept = env.filter((line) => !names.has(line.split('=', 1)[0] ?? ''));
  return [...kept, ...pairs.map(([name, value]) => `${name}=${value}`)];
}

function portsOf({ text, change }: Pick<Change, 'text' | 'change'>): string[] {
  return text.split(/\s+/).flatMap((word) => {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(word);
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (!match || first < 1 || last > 65535 || last < first)
      throw changeInvalid(change, `"${word}" is not a port`);
    const protocol = match[3]?.toLowerCase() ?? 'tcp';
    return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
  });
}

function volumesOf({ text, change }: Pick<Change, 'text' | 'change'>): readonly string[] {
  return jsonList(text, change) ?? wordsOf(text, change);
}

function shellOf({ text, change }: Change): readonly string[] {
  const list = jsonList(text, change);
  if (!list || list.length === 0) throw changeInvalid(change, 'SHELL needs a list: ["/bin/sh", "-c"]');
  return list;
}

function healthcheckOf({ text, change, config }: Change): HealthcheckSpec {
  const { options, rest } = optionsOf(text, change);
  const [, kind = '', command = ''] = /^([A-Za-z]+)(?:\s+([\s\S]*))?$/.exec(rest) ?? [];
  if (kind.toUpperCase() === 'NONE') return { ...options, test: ['NONE'] };
  if (kind.toUpperCase() !== 'CMD' || command === '')
    throw changeInvalid(change, 'write HEALTHCHECK CMD … or NONE');
  const list = jsonList(command, change);
  const shellTest = config.shell ? ['CMD', ...config.shell, command] : ['CMD-SHELL', command];
  return { ...options, test: list ? ['CMD', ...list] : shellTest };
}

function optionsOf(text: string, change: string): { options: Omit<HealthcheckSpec, 'test'>; rest: string } {
  const options = { interval: 0, timeout: 0, startPeriod: 0, startInterval: 0, retries: 0 };
  let rest = text;
  for (let match = OPTION.exec(rest); match; match = OPTION.exec(rest)) {
    const [whole, name = '', value = ''] = match;
    const key = OPTION_KEYS[name];
    if (!key) throw changeInvalid(change, `the option --${name} is not known`);
    options[key] = key === 'retries' ? retriesOf(value, change) : nanosecondsOf(value, change);
    rest = rest.slice(whole.length);
  }
  return { options, rest };
}

const OPTION = /^--([a-z-]+)=(\S+)\s+/;

const OPTION_KEYS: Readonly<
  Record<string, 'interval' | 'timeout' | 'startPeriod' | 'startInterval' | 'retries'>
> = {
  interval: 'interval',
  timeout: 'timeout',
  'start-period': 'startPeriod',
  'start-interval': 'startInterval',
  retries: 'retries',
};

function retriesOf(value: string, change: string): number {
  if (!/^\d{1,6}$/.test(value)) throw changeInvalid(change, `"${value}" is not a number of retries`);
  return Number(value);
}

const UNIT_NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Go's notation: `1m30s`. */
function nanosecondsOf(value: string, change: string): number {
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== value) {
    throw changeInvalid(change, `"${value}" is not a time such as 30s or 1m30s`);
  }
  return parts.reduce(
    (sum, [, number, unit]) => sum + Number(number) * (UNIT_NANOSECONDS[unit ?? ''] ?? 0),
    0,
  );
}

function union(before: readonly string[], added: readonly string[]): readonly string[] {
  return [...new Set([...before, ...added])];
}
