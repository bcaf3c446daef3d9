import { findProgram } from '../host/find-program.ts';
import { talkInLines } from '../host/line-dialogue.ts';
import { ServiceError, UsageError } from '../model/errors.ts';

export type ProviderCommand = 'up' | 'stop' | 'down';

export interface ProviderCall {
  readonly service: string;
  readonly project: string;
  /** Name of the program, or of a plugin of the docker CLI. */
  readonly type: string;
  readonly options: Readonly<Record<string, readonly string[]>>;
  readonly command: ProviderCommand;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What it gets when it asks what its service is. */
  readonly definition: object;
  readonly signal: AbortSignal;
  /** What it says meanwhile, for people. */
  readonly tell: (text: string) => void;
}

/** Variables that a provider sets for the services that depend on it. */
export interface Provided {
  /** Get the name of the service in front: `DB_`. */
  readonly prefixed: Readonly<Record<string, string>>;
  readonly raw: Readonly<Record<string, string>>;
}

/**
 * Calls the program behind a `provider:`, in the protocol of Compose extensions: options as flags, messages as JSON
 * lines. Resolves undefined when it has no such command, which only `stop` may be.
 * @see https://github.com/docker/compose/blob/main/docs/extension.md
 * @throws {UsageError} PROVIDER_MISSING, PROVIDER_OPTION
 * @throws {ServiceError} PROVIDER_FAILED
 */
export async function callProvider(call: ProviderCall): Promise<Provided | undefined> {
  const program = programOf(call);
  const metadata = await metadataOf(program, call);
  const parameters = metadata?.[call.command]?.parameters;
  if (call.command === 'stop' && metadata?.stop === undefined) return undefined;
  const missing = parameters?.find(({ name, required }) => required === true && !(name in call.options));
  if (missing) {
    const text = `provider "${call.type}" of ${call.service} needs the option "${missing.name}"`;
    throw new UsageError('PROVIDER_OPTION', text, {
      hint: `write it below services.${call.service}.provider.options`,
    });
  }
  const isTaken = (name: string): boolean => metadata === undefined || known(parameters, name);
  const flags = Object.entries(call.options)
    .filter(([name]) => isTaken(name))
    .flatMap(([name, values]) => values.map((value) => `--${name}=${value}`));
  return converse(call, [
    program,
    'compose',
    `--project-name=${call.project}`,
    call.command,
    ...flags,
    call.service,
  ]);
}

interface Parameter {
  readonly name: string;
  readonly required?: boolean;
}

type Metadata = Readonly<Partial<Record<ProviderCommand, { readonly parameters?: readonly Parameter[] }>>>;

function known(parameters: readonly Parameter[] | undefined, name: string): boolean {
  return parameters?.some((parameter) => parameter.name === name) === true;
}

/** Where the docker CLI has its plugins, besides PATH. */
const PLUGIN_FOLDERS = [
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
];

function programOf({ type, env, service }: ProviderCall): string {
  const home = env['DOCKER_CONFIG'] ?? `${env['HOME'] ?? ''}/.docker`;
  const path = (env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  const found =
    type === 'compose' || type.includes('/')
      ? undefined
      : (findProgram(`docker-${type}`, [`${home}/cli-plugins`, ...PLUGIN_FOLDERS]) ??
        findProgram(type, path));
  if (found !== undefined) return found;
  const text = `there is no provider "${type}" for ${service}: no program of that name on PATH, no plugin of the docker CLI`;
  throw new UsageError('PROVIDER_MISSING', text, { hint: `install ${type}, or put its folder on PATH` });
}

/** What the program says of its commands; undefined when it says nothing. */
async function metadataOf(program: string, call: ProviderCall): Promise<Metadata | undefined> {
  const lines: string[] = [];
  const argv = [program, 'compose', 'metadata'];
  const onLine = (line: string): undefined => void lines.push(line);
  const { exitCode } = await talkInLines({ argv, env: call.env, signal: call.signal, onLine });
  if (exitCode !== 0) return undefined;
  try {
    const said = JSON.parse(lines.join('\n')) as (Metadata & { description?: string }) | null;
    if (!said || (!said.description && !said.up?.parameters && !said.down?.parameters)) return undefined;
    return said;
  } catch {
    return undefined;
  }
}

async function converse(call: ProviderCall, argv: readonly string[]): Promise<Provided> {
  const prefixed: Record<string, string> = {};
  const raw: Record<string, string> = {};
  const onLine = (line: string): string | undefined => {
    const { type, message = '' } = messageOf(call, line);
    switch (type) {
      case 'error':
        throw failed(call, message);
      case 'info':
        call.tell(message.trimEnd().replace(/\n[^]*/, ''));
        return undefined;
      case 'debug':
        return undefined;
      case 'setenv':
        Object.assign(prefixed, variableOf(call, message));
        return undefined;
      case 'rawsetenv':
        Object.assign(raw, variableOf(call, message));
        return undefined;
      case 'get-service-config':
        return JSON.stringify(call.definition) + '\n';
      default:
        throw failed(call, `it said what is no message: ${line}`);
    }
  };
  const { exitCode, stderr } = await talkInLines({ argv, env: call.env, signal: call.signal, onLine });
  call.signal.throwIfAborted();
  if (exitCode !== 0) throw failed(call, `exit ${exitCode}`, stderr.trim().split('\n').slice(-20));
  return { prefixed, raw };
}

function messageOf(call: ProviderCall, line: string): { readonly type?: string; readonly message?: string } {
  try {
    return JSON.parse(line) as { type?: string; message?: string };
  } catch {
    throw failed(call, `it said what is no message: ${line}`);
  }
}

function variableOf(call: ProviderCall, text: string): Record<string, string> {
  const separator = text.indexOf('=');
  if (separator < 0) throw failed(call, `it set what is no variable: ${text}`);
  return { [text.slice(0, separator)]: text.slice(separator + 1) };
}

function failed(call: ProviderCall, reason: string, logTail: readonly string[] = []): ServiceError {
  const verbs = { up: 'bring up', stop: 'stop', down: 'take down' };
  const text = `provider "${call.type}" could not ${verbs[call.command]} ${call.service}: ${reason}`;
  return new ServiceError('PROVIDER_FAILED', text, {
    logTail: logTail.filter((line) => line !== ''),
    hint: `by hand:  ${call.type} compose --project-name=${call.project} ${call.command} ${call.service}`,
  });
}
