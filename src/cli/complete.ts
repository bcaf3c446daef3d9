import { Command, type Argument, type Option } from 'commander';
import { addGlobals, type Globals } from './globals.ts';
import { loadOptionsOf } from './project.ts';
import { verbs } from './verbs.ts';

/** What may come next. `files`: names of files as well, which the shell knows best. */
export interface Completion {
  readonly words: readonly { readonly word: string; readonly about: string }[];
  readonly files: boolean;
}

/** Options whose value is a service. */
const SERVICE_VALUES = new Set(['--exit-code-from', '--attach', '--no-attach', '--scale']);
/** Options whose value is neither a file nor anything that could be guessed. */
const PLAIN_VALUES =
  /number|seconds|n|lines|time|name|user|key=value|port|capability|state|signal|template|keys/;

/** What could stand in the place of the last word. Mistakes in the files, or their absence, leave services out. */
export async function complete(words: readonly string[]): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const program = addedGlobals();
  const place = await placeOf(words.slice(0, -1), program);
  const found = await candidates(place, program, current);
  return { ...found, words: found.words.filter(({ word }) => word.startsWith(current)) };
}

function addedGlobals(): Command {
  const program = new Command('berth').enablePositionalOptions().allowUnknownOption();
  addGlobals(program);
  return program;
}

interface Place {
  /** The verb, or the verb within a verb; undefined before it. */
  readonly command: Command | undefined;
  /** Number of arguments before this one. */
  readonly position: number;
  /** The option whose value is wanted. */
  readonly option: Option | undefined;
  /** The words before the verb. */
  readonly globals: readonly string[];
}

async function placeOf(before: readonly string[], program: Command): Promise<Place> {
  let command: Command | undefined;
  let option: Option | undefined;
  let position = 0;
  const globals: string[] = [];
  for (const word of before) {
    if (!command) globals.push(word);
    if (option) option = undefined;
    else if (word.startsWith('-') && position === 0) option = valueOption(command ?? program, word);
    else if (word.startsWith('-')) option = isPassing(command) ? undefined : valueOption(command, word);
    else if (!command) {
      command = await verbs.find(({ name }) => name === word)?.load();
      globals.pop();
    } else {
      const child: Command | undefined = position === 0 ? childOf(command, word) : undefined;
      if (child) command = child;
      else position += 1;
    }
  }
  return { command, position, option, globals };
}

function childOf(command: Command, name: string): Command | undefined {
  return command.commands.find((child) => child.name() === name);
}

/** After the service, the words of `exec` and `run` are those of a command in the container. */
function isPassing(command: Command | undefined): boolean {
  return command?.name() === 'exec' || command?.name() === 'run';
}

function valueOption(command: Command | undefined, word: string): Option | undefined {
  const option = command?.options.find(({ long, short }) => word === long || word === short);
  return option?.required ? option : undefined;
}

async function candidates(place: Place, program: Command, current: string): Promise<Completion> {
  const { command, option, position, globals } = place;
  if (option) return valuesOf(option, globals);
  if (current.startsWith('-') && !(position > 0 && isPassing(command)))
    return { words: flagsOf(command ?? program), files: false };
  if (!command)
    return { words: verbs.map(({ name, summary }) => ({ word: name, about: summary })), files: false };
  if (command.commands.length > 0) {
    const words = command.commands.map((child) => ({
      word: child.name(),
      about: child.summary() || child.description(),
    }));
    return { words, files: false };
  }
  return argumentsOf(command, position, globals);
}

function flagsOf(command: Command): Completion['words'] {
  const shown = command.options.filter(({ hidden }) => !hidden);
  return shown.map(({ long, short, description }) => ({ word: long ?? short ?? '', about: description }));
}

async function valuesOf(option: Option, globals: readonly string[]): Promise<Completion> {
  const about = '';
  if (option.argChoices) return { words: option.argChoices.map((word) => ({ word, about })), files: false };
  if (SERVICE_VALUES.has(option.long ?? '')) {
    const suffix = option.long === '--scale' ? '=' : '';
    return { words: (await services(globals)).map((name) => ({ word: name + suffix, about })), files: false };
  }
  const kind = /[<[](.*?)[>\]]/.exec(option.flags)?.[1] ?? '';
  return { words: [], files: !PLAIN_VALUES.test(kind) };
}

async function argumentsOf(
  command: Command,
  position: number,
  globals: readonly string[],
): Promise<Completion> {
  const all = command.registeredArguments;
  const argument: Argument | undefined = all[position] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
  const name = argument?.name() ?? '';
  if (command.name() === 'cp') {
    return {
      words: (await services(globals)).map((service) => ({ word: `${service}:`, about: '' })),
      files: true,
    };
  }
  if (name !== 'service' && name !== 'services') return { words: [], files: name !== '' };
  return { words: (await services(globals)).map((service) => ({ word: service, about: '' })), files: false };
}

async function services(globals: readonly string[]): Promise<readonly string[]> {
  const { loadProject } = await import('../compose/index.ts');
  const program = addedGlobals();
  program.parse([...globals], { from: 'user' });
  try {
    const { project } = await loadProject(loadOptionsOf(program.opts<Globals>()));
    return [...Object.keys(project.model.services), ...project.disabledServices];
  } catch {
    return [];
  }
}

/** Lines for the shells: `word`, a tab, what it is about; `:files` where names of files fit as well. */
export function completionText({ words, files }: Completion): string {
  const lines = words.map(({ word, about }) => `${word}\t${about.split('\n')[0] ?? ''}`);
  return [...lines, ...(files ? [':files'] : [])].map((line) => `${line}\n`).join('');
}
