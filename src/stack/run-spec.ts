import { isAbsolute, join } from 'node:path';
import { parsePorts } from '../compose/canonical/ports.ts';
import type { PortModel, Project, ServiceModel, ServiceVolumeModel } from '../model/compose.ts';
import { UsageError } from '../model/errors.ts';

/** What a one-off has otherwise than its service. */
export interface RunOverrides {
  /** Empty: the service's own. */
  readonly command: readonly string[];
  readonly entrypoint?: readonly string[] | undefined;
  /** `K=V`, or `K` for the value that the project's environment has. */
  readonly env?: readonly string[] | undefined;
  readonly user?: string | undefined;
  readonly workingDir?: string | undefined;
  /** `[SOURCE:]TARGET[:ro]`. */
  readonly volumes?: readonly string[] | undefined;
  /** `[HOST:]CONTAINER`. */
  readonly publish?: readonly string[] | undefined;
  readonly servicePorts?: boolean | undefined;
  /** `K=V`. */
  readonly labels?: readonly string[] | undefined;
  readonly capAdd?: readonly string[] | undefined;
  readonly capDrop?: readonly string[] | undefined;
  readonly tty: boolean;
  readonly stdin: boolean;
}

/**
 * A service as its one-off runs it: no restarts, no name of its own, and no ports unless they are asked for.
 * @throws {UsageError} BAD_VALUE
 */
export function oneOffService(project: Project, service: ServiceModel, wanted: RunOverrides): ServiceModel {
  const { deploy, ports = [] } = service;
  const command =
    wanted.command.length > 0 ? wanted.command : wanted.entrypoint ? undefined : service.command;
  const published = [
    ...(wanted.servicePorts ? ports : []),
    ...(wanted.publish ?? []).flatMap((text) => portOf(text)),
  ];
  return {
    ...without(service, ['container_name', 'scale', 'deploy']),
    ...(deploy && { deploy: without(deploy, ['restart_policy', 'replicas']) }),
    restart: 'no',
    ports: published,
    tty: wanted.tty,
    stdin_open: wanted.stdin,
    environment: { ...service.environment, ...environmentOf(project, wanted.env ?? []) },
    labels: { ...service.labels, ...environmentOf(project, wanted.labels ?? [], '') },
    volumes: withVolumes(service, (wanted.volumes ?? []).map(volumeOf)),
    cap_add: [...texts(service['cap_add']), ...(wanted.capAdd ?? [])],
    cap_drop: [...texts(service['cap_drop']), ...(wanted.capDrop ?? [])],
    ...(wanted.entrypoint && { entrypoint: wanted.entrypoint }),
    ...(wanted.user !== undefined && { user: wanted.user }),
    ...(wanted.workingDir !== undefined && { working_dir: wanted.workingDir }),
    command,
  } as ServiceModel;
}

function without(map: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));
}

function environmentOf(project: Project, pairs: readonly string[], bare?: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of pairs) {
    const separator = pair.indexOf('=');
    const name = separator < 0 ? pair : pair.slice(0, separator);
    const value = separator < 0 ? (bare ?? project.environment[name]) : pair.slice(separator + 1);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function withVolumes(service: ServiceModel, added: readonly ServiceVolumeModel[]): ServiceVolumeModel[] {
  const targets = new Set(added.map(({ target }) => target));
  return [...(service.volumes ?? []).filter(({ target }) => !targets.has(target)), ...added];
}

function volumeOf(text: string): ServiceVolumeModel {
  const parts = text.split(':');
  const mode = ['ro', 'rw'].includes(parts.at(-1) ?? '') && parts.length > 1 ? parts.pop() : undefined;
  const [first = '', target = first, ...more] = parts;
  if (!target.startsWith('/') || more.length > 0) throw badSpec(text, 'SOURCE:TARGET[:ro]');
  const options = mode === 'ro' ? { read_only: true } : {};
  if (parts.length === 1) return { type: 'volume', target, ...options };
  if (!/^[./~]/.test(first)) return { type: 'volume', source: first, target, ...options };
  const source = isAbsolute(first) ? first : join(process.cwd(), first);
  return { type: 'bind', source, target, bind: { create_host_path: true }, ...options };
}

function portOf(text: string): PortModel[] {
  const parsed = parsePorts(text);
  if (typeof parsed === 'string') throw badSpec(text, '[HOST:]CONTAINER, such as 8080:80');
  return parsed.map(({ hostIp, published, target, protocol }) => ({
    target,
    protocol,
    ...(published !== '' && { published }),
    ...(hostIp !== '' && { host_ip: hostIp }),
  }));
}

function badSpec(text: string, wanted: string): UsageError {
  return new UsageError('BAD_VALUE', `${JSON.stringify(text)} is not ${wanted}`);
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
