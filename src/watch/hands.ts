import type { EngineClient } from '../client/client.ts';
import type { FileChange, FileChangeResult } from '../model/engine.ts';
import type { Project } from '../model/compose.ts';
import type { ProgressEvent } from '../model/progress.ts';
import { label } from '../plan/labels.ts';
import { ContainerEvents } from '../stack/container-events.ts';
import type { StackContext } from '../stack/context.ts';
import { FrameParser, LineCutter } from '../stack/frames.ts';
import { ps } from '../stack/ps.ts';
import { carryOutStarts, planForRestart } from '../stack/start.ts';
import { up } from '../stack/up.ts';
import type { WatchExec } from './rules.ts';

export interface WatchedReplica {
  readonly id: string;
  readonly name: string;
  readonly service: string;
}

/** All that a watch session does to the world beyond looking at files. */
export interface WatchHands {
  /** Running replicas of a service. */
  replicas(service: string): Promise<readonly WatchedReplica[]>;
  place(container: string, changes: readonly FileChange[]): Promise<FileChangeResult>;
  /** Makes the image anew, and from it the containers. Resolves with facts about the build. */
  rebuild(service: string, onLine: (line: string) => void): Promise<string>;
  restart(service: string): Promise<void>;
  /** Resolves with the exit code. */
  exec(container: string, exec: WatchExec, onLine: (line: string) => void): Promise<number>;
  /** Calls back for each container of the project that starts; call the result to leave. */
  onStart(listener: (replica: WatchedReplica) => void): Promise<() => void>;
}

export function engineHands(about: {
  client: EngineClient;
  project: Project;
  signal: AbortSignal;
  /** After a rebuild, take away images that have lost their name. */
  prune?: boolean | undefined;
}): WatchHands {
  const { client, project, signal } = about;
  const stack = { client, project, projectName: project.name, signal, emit: () => undefined };
  return {
    replicas: async (service) => {
      const replicas = await ps(client, { projectName: project.name, services: [service] });
      return replicas.filter(({ oneOff, state }) => !oneOff && state === 'running');
    },
    place: (container, changes) => client.own.changeFiles(container, changes),
    rebuild: async (service, onLine) => {
      const text = await recreate(stack, service, onLine);
      if (about.prune) await client.pruneImages({ filters: { dangling: ['true'] } });
      return text;
    },
    restart: async (service) => {
      await carryOutStarts(stack, await planForRestart(stack, { services: [service] }));
    },
    exec: (container, exec, onLine) => execLines(client, { container, exec, onLine }),
    onStart: async (listener) => {
      const events = new ContainerEvents(client, project.name);
      await events.listen(({ action, id, name, attributes }) => {
        if (action === 'start' && attributes[label.oneOff]?.toLowerCase() !== 'true')
          listener({ id, name, service: attributes[label.service] ?? '' });
      });
      return () => events.close();
    },
  };
}

async function recreate(
  stack: StackContext,
  service: string,
  onLine: (line: string) => void,
): Promise<string> {
  let text = '';
  const emit = (event: ProgressEvent) => {
    if (event.type !== 'build') return;
    const { event: build } = event;
    if (build.type === 'step') onLine(`${build.number}/${build.total} ${build.text}`);
    if (build.type === 'output') onLine(build.text);
    if (build.type === 'built') text = `${build.cachedSteps} of ${build.steps} steps from the cache`;
  };
  await up({ ...stack, emit }, { services: [service], noDeps: true, forceRecreate: true, build: true });
  return text;
}

async function execLines(
  client: EngineClient,
  about: { container: string; exec: WatchExec; onLine: (line: string) => void },
): Promise<number> {
  const { command, user, privileged, workingDir, env } = about.exec;
  const handle = await client.getContainer(about.container).exec({
    AttachStdout: true,
    AttachStderr: true,
    Cmd: [...command],
    Env: [...env],
    ...(user !== undefined && { User: user }),
    ...(privileged !== undefined && { Privileged: privileged }),
    ...(workingDir !== undefined && { WorkingDir: workingDir }),
  });
  const stream = await handle.start({ hijack: true, stdin: false, Detach: false, Tty: false });
  const parser = new FrameParser();
  const lines = new LineCutter();
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    for (const { data } of parser.push(chunk)) lines.push(data).forEach(about.onLine);
  }
  lines.end().forEach(about.onLine);
  return (await handle.inspect()).ExitCode ?? 0;
}
