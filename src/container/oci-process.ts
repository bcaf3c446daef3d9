import type { ContainerRecord } from '../model/container.ts';
import { INIT_TARGET } from './oci-mounts.ts';
import type { OciProcess } from './oci-types.ts';
import type { ContainerUser } from './users.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface OciProcessRequest {
  readonly container: ContainerRecord;
  readonly user: ContainerUser;
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  /** True when a program that reaps children is mounted as process 1. */
  readonly hasInit: boolean;
  readonly rlimits: NonNullable<OciProcess['rlimits']>;
  readonly oomScoreAdj?: number | undefined;
}

/** The process part of a container's configuration. */
export function ociProcessFor(request: OciProcessRequest): OciProcess {
  const { container, user, oomScoreAdj } = request;
  const { process: wanted, spec } = container;
  return {
    terminal: spec.tty,
    user: { uid: user.uid, gid: user.gid, additionalGids: [user.gid, ...user.additionalGids] },
    args: request.hasInit && spec.security.init ? [INIT_TARGET, '--', ...wanted.argv] : wanted.argv,
    env: environmentFor({ env: wanted.env, hostname: spec.hostname, tty: spec.tty, home: user.home }),
    cwd: wanted.workingDir === '' ? '/' : wanted.workingDir,
    capabilities: capabilitySetsFor(request.capabilities, user.uid),
    ...(request.rlimits.length > 0 ? { rlimits: request.rlimits } : {}),
    noNewPrivileges: request.noNewPrivileges,
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
  };
}

/** The environment of a process in a container: what it asks for, over the variables that every one has. A bare name takes one away. */
export function environmentFor(request: {
  readonly env: readonly string[];
  /** Empty: no HOSTNAME. */
  readonly hostname: string;
  readonly tty: boolean;
  readonly home: string;
}): string[] {
  const standard = [
    `PATH=${DEFAULT_PATH}`,
    ...(request.hostname === '' ? [] : [`HOSTNAME=${request.hostname}`]),
    ...(request.tty ? ['TERM=xterm'] : []),
    `HOME=${request.home}`,
  ];
  const values = new Map<string, string>();
  for (const entry of [...standard, ...request.env]) {
    if (entry === 'HOME=') continue;
    values.set(entry.split('=', 1)[0] ?? '', entry);
  }
  return [...values.values()].filter((entry) => entry.includes('='));
}

/** Only root starts with its capabilities in force; another user gets them at most through a setuid program. */
export function capabilitySetsFor(capabilities: readonly string[], uid: number): OciProcess['capabilities'] {
  const effective = uid === 0 ? capabilities : [];
  return { bounding: capabilities, effective, permitted: effective };
}
