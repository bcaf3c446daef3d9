import type { EngineClient } from '../client/client.ts';
import type { Project } from '../model/compose.ts';
import { unknownService } from '../plan/errors.ts';
import type { ContainerEvents } from '../stack/container-events.ts';
import { firstEnd, type AbortOn } from '../stack/first-end.ts';
import { ps, type Replica } from '../stack/ps.ts';
import { excluding } from './flag-conflicts.ts';

/** The flags of `up` that say when the stack ends by itself, and with which exit code. */
export interface EndFlags {
  readonly detach?: boolean;
  readonly wait?: boolean;
  readonly watch?: boolean;
  readonly abortOnContainerExit?: boolean;
  readonly abortOnContainerFailure?: boolean;
  readonly exitCodeFrom?: string;
  /** Services to show; those with `!` in front are not to be shown. */
  readonly attach?: readonly string[];
}

/** @throws {UsageError} FLAG_CONFLICT */
export function checkEndFlags(flags: EndFlags): void {
  const background = flags.detach ? '-d' : '--wait';
  const attached = [
    ['--abort-on-container-exit', flags.abortOnContainerExit],
    ['--abort-on-container-failure', flags.abortOnContainerFailure],
    ['--exit-code-from', flags.exitCodeFrom !== undefined],
    ['--attach and --no-attach', flags.attach !== undefined],
    ['--watch', flags.watch === true],
  ] as const;
  for (const flag of attached) excluding([background, flags.detach === true || flags.wait === true], flag);
  excluding(attached[0], attached[1]);
}

/** Services whose lines `up` does not show. */
export function silentServices(project: Project, flags: EndFlags): string[] {
  const named = flags.attach ?? [];
  const hidden = named.filter((name) => name.startsWith('!')).map((name) => name.slice(1));
  const shown = named.filter((name) => !name.startsWith('!'));
  const { services } = project.model;
  for (const name of [...hidden, ...shown]) if (!(name in services)) throw unknownService(project, name);
  return Object.keys(services).filter((name) => {
    if (hidden.includes(name)) return true;
    return shown.length > 0 ? !shown.includes(name) : services[name]?.['attach'] === false;
  });
}

/** Watches for the end that these flags are about. */
export class StackEnd {
  readonly #about: { client: EngineClient; project: Project; services: readonly string[]; flags: EndFlags };
  #first: Replica | undefined;

  /** @throws {UsageError} SERVICE_UNKNOWN */
  constructor(about: {
    client: EngineClient;
    project: Project;
    services: readonly string[];
    flags: EndFlags;
  }) {
    const { project, flags } = about;
    this.#about = about;
    const from = flags.exitCodeFrom;
    if (from !== undefined && !(from in project.model.services)) throw unknownService(project, from);
  }

  /** Resolves when the stack is to be stopped; undefined when no flag asks for that. */
  get ending(): ((events: ContainerEvents) => Promise<void>) | undefined {
    const { client, project, services, flags } = this.#about;
    const abortOn = abortOnOf(flags);
    if (!abortOn) return undefined;
    return async (events) => {
      this.#first = await firstEnd(client, {
        project,
        services,
        events,
        abortOn,
        from: flags.exitCodeFrom,
      });
    };
  }

  /** Of the service that the flags name, or of the first that ended. */
  async exitCode(): Promise<number> {
    const { client, project, flags } = this.#about;
    if (flags.exitCodeFrom === undefined) return this.#first?.exitCode ?? 0;
    const services = [flags.exitCodeFrom];
    const replicas = await ps(client, { projectName: project.name, services, all: true });
    return replicas.find(({ oneOff }) => !oneOff)?.exitCode ?? 0;
  }
}

function abortOnOf(flags: EndFlags): AbortOn | undefined {
  if (flags.abortOnContainerFailure) return 'failure';
  if (flags.exitCodeFrom !== undefined) return 'exit of a service';
  return flags.abortOnContainerExit ? 'exit' : undefined;
}
