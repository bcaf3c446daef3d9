import type Docker from 'dockerode';
import type { ExecRecord, ExecSpec } from '../../engine/engine-api.ts';
import type { BodyReader } from './body-reader.ts';

export function execSpec(body: BodyReader): ExecSpec {
  return {
    argv: body.list('Cmd'),
    env: body.list('Env'),
    user: body.text('User'),
    workingDir: body.text('WorkingDir'),
    tty: body.flag('Tty'),
    attachStdin: body.flag('AttachStdin'),
    attachStdout: body.flag('AttachStdout'),
    attachStderr: body.flag('AttachStderr'),
    privileged: body.flag('Privileged'),
    detachKeys: body.text('DetachKeys'),
  };
}

export function execInspect({ id, spec, ...record }: ExecRecord): Docker.ExecInspectInfo {
  const [entrypoint = '', ...args] = spec.argv;
  return {
    ID: id,
    Running: record.running,
    ExitCode: record.exitCode ?? null,
    ProcessConfig: {
      tty: spec.tty,
      entrypoint,
      arguments: args,
      privileged: spec.privileged,
      user: spec.user,
    },
    OpenStdin: spec.attachStdin,
    OpenStdout: spec.attachStdout,
    OpenStderr: spec.attachStderr,
    CanRemove: false,
    ContainerID: record.containerId,
    DetachKeys: spec.detachKeys,
    Pid: record.pid,
  };
}
