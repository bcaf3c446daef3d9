import { EngineError, HostError, ServiceError } from '../model/errors.ts';

/** The program of the container is not in its image. Docker's words and its exit code 127. */
export function commandNotFound(container: string, command: string): ServiceError {
  const reason = command.includes('/')
    ? `exec: "${command}": stat ${command}: no such file or directory`
    : `exec: "${command}": executable file not found in $PATH`;
  return new ServiceError('CONTAINER_COMMAND_NOT_FOUND', `cannot start container ${container}: ${reason}`, {
    hint: 'Check `command` and `entrypoint`: the program must be in the image.',
  });
}

/** The program of the container may not be run. Docker's words and its exit code 126. */
export function commandNotExecutable(container: string, command: string): ServiceError {
  return new ServiceError(
    'CONTAINER_COMMAND_NOT_EXECUTABLE',
    `cannot start container ${container}: exec: "${command}": permission denied`,
    { hint: 'Make the file executable in the image (`chmod +x`), or name its interpreter in `command`.' },
  );
}

export function containerStartFailed(
  container: string,
  details: { readonly reason: string; readonly command?: string | undefined; readonly stderr?: string },
): HostError {
  return new HostError('CONTAINER_START_FAILED', `cannot start container ${container}: ${details.reason}`, {
    command: details.command,
    stderr: details.stderr,
    hint: 'These are the words of the container runtime. `berth engine status` tells which one is in use.',
  });
}

export function containerNotRunning(container: string): EngineError {
  return new EngineError(409, 'CONTAINER_NOT_RUNNING', `container ${container} is not running`, {
    hint: 'Start it first.',
  });
}

export function runtimeMissing(reason: string, stderr?: string): HostError {
  return new HostError('RUNTIME_MISSING', `no container runtime works on this machine: ${reason}`, {
    stderr,
    hint: 'apt-get install conmon crun',
  });
}

export function seccompProfileInvalid(reason: string): EngineError {
  return new EngineError(400, 'SECCOMP_PROFILE_INVALID', `decoding seccomp profile failed: ${reason}`, {
    hint: 'Give the profile as JSON in the format of Docker, or `seccomp=unconfined`.',
  });
}

export function securityOptionUnknown(option: string): EngineError {
  return new EngineError(400, 'SECURITY_OPTION_UNKNOWN', `invalid --security-opt: "${option}"`, {
    hint: 'Berth knows no-new-privileges, seccomp=…, systempaths=unconfined, apparmor=unconfined and label=disable.',
  });
}

export function userUnknown(kind: 'user' | 'group', name: string): EngineError {
  const file = kind === 'user' ? 'passwd' : 'group';
  return new EngineError(
    400,
    'CONTAINER_USER_UNKNOWN',
    `unable to find ${kind} ${name}: no matching entries in ${file} file`,
    { hint: `Use a ${kind} of the image's /etc/${file}, or a number.` },
  );
}

export function idOutOfRange(): EngineError {
  return new EngineError(400, 'CONTAINER_USER_UNKNOWN', 'uids and gids must be in range 0-2147483647');
}

export function ptyUnavailable(cause: unknown): HostError {
  return new HostError('PTY_UNAVAILABLE', 'cannot open a pseudo-terminal', {
    hint: 'Is /dev/pts mounted? Run `mount -t devpts devpts /dev/pts`, or use `berth exec -T`.',
    cause,
  });
}

export function deviceMissing(
  path: string,
  why: 'not a device node' | 'no such file or directory',
): HostError {
  return new HostError(
    'DEVICE_MISSING',
    `error gathering device information while adding custom device "${path}": ${why}`,
    {
      hint: 'Name a device of this machine in `devices`, or load its driver.',
    },
  );
}

export function initMissing(): HostError {
  return new HostError('INIT_MISSING', '`init: true` needs catatonit or tini, and neither is installed', {
    hint: 'apt-get install catatonit',
  });
}

export function imageSubpathMissing(subpath: string): EngineError {
  const text = `cannot access path ${subpath} in the image that is mounted: no such file or directory`;
  return new EngineError(400, 'VOLUME_SUBPATH_MISSING', text, { hint: 'correct the subpath' });
}

export function mountNotShared(of: {
  readonly source: string;
  readonly mountPoint: string;
  readonly kind: string;
}): EngineError {
  const wanted = of.kind === 'shared' ? 'a shared mount' : 'a shared or slave mount';
  const text = `path ${of.source} is mounted on ${of.mountPoint} but it is not ${wanted}`;
  return new EngineError(500, 'MOUNT_NOT_SHARED', text, {
    hint: `mount --make-rshared ${of.mountPoint} makes it one`,
  });
}

export function sysctlRefused(text: string): EngineError {
  return new EngineError(400, 'SYSCTL_REFUSED', text, {
    hint: 'it would change the whole machine: set it there with `sysctl -w`, or leave it out',
  });
}

export function namespaceUnjoinable(text: string, hint: string): EngineError {
  return new EngineError(409, 'NAMESPACE_UNJOINABLE', text, { hint });
}
