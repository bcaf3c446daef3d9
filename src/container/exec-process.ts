import type { ContainerRecord } from '../model/container.ts';
import { capabilitiesFor } from './capabilities.ts';
import { attainableLimits } from './limits.ts';
import { capabilitySetsFor, environmentFor } from './oci-process.ts';
import type { OciProcess } from './oci-types.ts';
import type { Runtime } from './runtime.ts';
import { securityOptionsFor } from './security-options.ts';
import { findUser, type UserFiles } from './users.ts';

/** A command to run in a running container. */
export interface ExecCommand {
  readonly argv: readonly string[];
  /** Added to the container's own. */
  readonly env: readonly string[];
  /** Empty: the container's. */
  readonly user: string;
  readonly workingDir: string;
  readonly tty: boolean;
  readonly attachStdin: boolean;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
  readonly privileged: boolean;
}

/**
 * The process of an exec: as the container's own, but for what the command says.
 * @throws {EngineError} CONTAINER_USER_UNKNOWN
 */
export function execProcessFor(request: {
  readonly container: ContainerRecord;
  readonly command: ExecCommand;
  readonly runtime: Runtime;
  readonly userFiles: UserFiles;
}): OciProcess {
  const { container, command, runtime } = request;
  const { security, resources, hostname } = container.spec;
  const user = findUser(command.user || container.process.user, request.userFiles, security.groupAdd);
  const capabilities = capabilitiesFor({
    privileged: security.privileged || command.privileged,
    add: security.capAdd,
    drop: security.capDrop,
    available: runtime.capabilities,
  });
  const { noNewPrivileges } = securityOptionsFor({
    options: security.securityOpt,
    privileged: security.privileged,
    capabilities,
    processor: runtime.processor,
  });
  const { rlimits } = attainableLimits(resources.ulimits ?? [], runtime.limits);
  return {
    terminal: command.tty,
    user: { uid: user.uid, gid: user.gid, additionalGids: [user.gid, ...user.additionalGids] },
    args: command.argv,
    env: environmentFor({
      env: [...container.process.env, ...command.env],
      hostname,
      tty: command.tty,
      home: user.home,
    }),
    cwd: command.workingDir || container.process.workingDir || '/',
    capabilities: capabilitySetsFor(capabilities, user.uid),
    ...(rlimits.length > 0 ? { rlimits } : {}),
    noNewPrivileges,
  };
}
