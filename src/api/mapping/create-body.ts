import type { ContainerSpec, RestartPolicy } from '../../model/container.ts';
import { badRequest } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';
import { healthcheckSpec } from './health.ts';
import { grantedFiles } from './granted-files.ts';
import { mountSpecs } from './mounts.ts';
import { networking, refuseConflicts } from './networking.ts';
import { parsePort, portRequests } from './ports.ts';
import { refuseUnsupported } from './refusals.ts';
import { resourceSpec } from './resources.ts';
import { securitySpec } from './security.ts';

/** `POST /containers/create`: body and name to what the engine takes. */
export function containerSpec(name: string, body: BodyReader): ContainerSpec {
  refuseEmpty(body);
  const hostConfig = body.object('HostConfig');
  refuseUnsupported(hostConfig);
  const spec: ContainerSpec = {
    name: containerName(name),
    ...processFields(body),
    ...identityFields(body),
    ...streamFields(body),
    ...lifeFields(body, hostConfig),
    ...networking(body),
    ...networkFields(body, hostConfig),
    ...storageFields(body, hostConfig),
    ...logFields(hostConfig),
    runtime: runtimeOf(hostConfig),
    // Before there was a HostConfig, limits stood beside the rest.
    resources: resourceSpec(body.has('HostConfig') ? hostConfig : body),
    security: securitySpec(hostConfig),
  };
  refuseConflicts(spec);
  return spec;
}

const NOT_OF_CONFIG = ['hostconfig', 'networkingconfig'];

function refuseEmpty(body: BodyReader): void {
  if (!body.names().some((name) => !NOT_OF_CONFIG.includes(name.toLowerCase())))
    throw badRequest('config cannot be empty in order to create a container');
}

/** Empty: the engine makes one up. */
function containerName(name: string): string {
  const plain = name.replace(/^\//, '');
  if (plain !== '' && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(plain)) {
    throw badRequest(`Invalid container name (${plain}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
  }
  return plain;
}

type Fields<K extends keyof ContainerSpec> = Pick<ContainerSpec, K>;

function processFields(
  body: BodyReader,
): Fields<'image' | 'command' | 'entrypoint' | 'env' | 'workingDir' | 'user'> {
  const image = body.text('Image');
  if (image === '') {
    const hasCommand = body.list('Cmd').length + body.list('Entrypoint').length > 0;
    throw badRequest(hasCommand ? 'no image was given: Image must not be empty' : 'no command specified');
  }
  const workingDir = body.text('WorkingDir');
  if (workingDir !== '' && !workingDir.startsWith('/')) {
    throw badRequest(`the working directory '${workingDir}' is invalid, it needs to be an absolute path`);
  }
  const command = body.list('Cmd');
  return {
    image,
    ...(command.length > 0 && { command }),
    ...(body.has('Entrypoint') && { entrypoint: entrypointOf(body) }),
    env: envOf(body),
    workingDir,
    user: body.text('User'),
  };
}

/** `[""]` is how the docker CLI says that there is none. */
function entrypointOf(body: BodyReader): readonly string[] {
  const entrypoint = body.list('Entrypoint');
  return entrypoint.length === 1 && entrypoint[0] === '' ? [] : entrypoint;
}

function envOf(body: BodyReader): readonly string[] {
  const env = body.list('Env');
  const bad = env.find((entry) => entry === '' || entry.startsWith('='));
  if (bad !== undefined) throw badRequest(`invalid environment variable: ${bad}`);
  return env;
}

function identityFields(
  body: BodyReader,
): Fields<'hostname' | 'domainname' | 'labels'> & { macAddress?: string } {
  const macAddress = body.text('MacAddress');
  return {
    hostname: body.text('Hostname'),
    domainname: body.text('Domainname'),
    labels: body.texts('Labels'),
    ...(macAddress && { macAddress }),
  };
}

function streamFields(
  body: BodyReader,
): Fields<'tty' | 'openStdin' | 'stdinOnce' | 'attachStdin' | 'attachStdout' | 'attachStderr'> {
  return {
    tty: body.flag('Tty'),
    openStdin: body.flag('OpenStdin'),
    stdinOnce: body.flag('StdinOnce'),
    attachStdin: body.flag('AttachStdin'),
    attachStdout: body.flag('AttachStdout'),
    attachStderr: body.flag('AttachStderr'),
  };
}

function lifeFields(
  body: BodyReader,
  hostConfig: BodyReader,
): Fields<
  'stopSignal' | 'restartPolicy' | 'autoRemove' | 'annotations' | 'stopTimeoutSeconds' | 'healthcheck'
> {
  const autoRemove = hostConfig.flag('AutoRemove');
  const policy = restartPolicy(hostConfig.object('RestartPolicy'));
  if (autoRemove && policy.name !== 'no') {
    throw badRequest("can't create 'AutoRemove' container with restart policy");
  }
  return {
    stopSignal: body.text('StopSignal'),
    ...(body.has('StopTimeout') && { stopTimeoutSeconds: body.number('StopTimeout') }),
    ...(body.has('Healthcheck') && { healthcheck: healthcheckSpec(body.object('Healthcheck')) }),
    restartPolicy: policy,
    autoRemove,
    annotations: hostConfig.texts('Annotations'),
  };
}

const RESTART_POLICIES: readonly string[] = [
  'no',
  'always',
  'unless-stopped',
  'on-failure',
] satisfies RestartPolicy['name'][];

export function restartPolicy(body: BodyReader): RestartPolicy {
  const name = body.text('Name') || 'no';
  const maximumRetryCount = body.number('MaximumRetryCount');
  if (!RESTART_POLICIES.includes(name)) {
    throw badRequest(
      `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  if (maximumRetryCount < 0)
    throw badRequest('invalid restart policy: maximum retry count cannot be negative');
  if (maximumRetryCount > 0 && name !== 'on-failure') {
    throw badRequest("invalid restart policy: maximum retry count can only be used with 'on-failure'");
  }
  return { name: name as RestartPolicy['name'], maximumRetryCount };
}

function networkFields(
  body: BodyReader,
  hostConfig: BodyReader,
): Fields<
  'exposedPorts' | 'ports' | 'publishAllPorts' | 'dns' | 'dnsSearch' | 'dnsOptions' | 'extraHosts' | 'links'
> {
  return {
    exposedPorts: exposedPorts(body),
    ports: portRequests(hostConfig),
    publishAllPorts: hostConfig.flag('PublishAllPorts'),
    dns: hostConfig.list('Dns'),
    dnsSearch: hostConfig.list('DnsSearch'),
    dnsOptions: hostConfig.list('DnsOptions'),
    extraHosts: hostConfig.list('ExtraHosts'),
    links: hostConfig.list('Links').map((link) => link.replace(/^\/|(?<=:)\//g, '')),
  };
}

function exposedPorts(body: BodyReader): readonly string[] {
  return body.pairs('ExposedPorts').map(([text]) => {
    const { port, protocol } = parsePort(text);
    return `${port}/${protocol}`;
  });
}

function storageFields(
  body: BodyReader,
  hostConfig: BodyReader,
): Fields<'mounts' | 'anonymousVolumes' | 'volumesFrom' | 'files'> {
  const files = grantedFiles(body);
  const inMemory = new Set(files.map(({ target }) => target));
  const mounts = mountSpecs(hostConfig).filter(({ target }) => !inMemory.has(target));
  const driver = hostConfig.text('VolumeDriver');
  const targets = new Set(mounts.map(({ target }) => target));
  return {
    ...(files.length > 0 && { files }),
    mounts: driver
      ? mounts.map((mount) => (mount.type === 'volume' ? { volumeDriver: driver, ...mount } : mount))
      : mounts,
    anonymousVolumes: body.pairs('Volumes').flatMap(([path]) => (targets.has(path) ? [] : [path])),
    volumesFrom: hostConfig.list('VolumesFrom'),
  };
}

const LOG_DRIVERS = ['json-file', 'local', 'none'];
const COMMON_LOG_OPTIONS = ['max-size', 'max-file', 'compress', 'mode', 'max-buffer-size', 'cache-disabled'];
const TOLD_LOG_OPTIONS = ['labels', 'labels-regex', 'env', 'env-regex', 'tag'];
const LOG_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  'json-file': [...COMMON_LOG_OPTIONS, ...TOLD_LOG_OPTIONS],
  local: COMMON_LOG_OPTIONS,
};

function logFields(hostConfig: BodyReader): Fields<'logDriver' | 'logOptions'> {
  const config = hostConfig.object('LogConfig');
  const logDriver = config.text('Type') || 'json-file';
  if (!LOG_DRIVERS.includes(logDriver)) {
    throw badRequest(
      `logger: no log driver named '${logDriver}' is registered`,
      `Berth has ${LOG_DRIVERS.join(', ')}.`,
    );
  }
  const logOptions = config.texts('Config');
  const known = LOG_OPTIONS[logDriver];
  const unknown = known && Object.keys(logOptions).find((name) => !known.includes(name));
  if (unknown !== undefined) throw badRequest(`unknown log opt '${unknown}' for ${logDriver} log driver`);
  if (Number(logOptions['max-file'] ?? 1) < 1) throw badRequest('max-file cannot be less than 1');
  return { logDriver, logOptions };
}

const RUNTIMES = ['', 'runc', 'crun', 'io.containerd.runc.v2'];

function runtimeOf(hostConfig: BodyReader): string {
  const runtime = hostConfig.text('Runtime');
  if (!RUNTIMES.includes(runtime)) throw badRequest(`unknown or invalid runtime name: ${runtime}`);
  return runtime;
}
