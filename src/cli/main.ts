import { Command, CommanderError } from 'commander';
import { terminalFor } from './context.ts';
import { failureExitCode } from './exit-code.ts';
import { addGlobals, valueOptions, type Globals } from './globals.ts';
import { hoisted } from './hoist.ts';
import { renderError } from './output/errors.ts';
import { overview } from './overview.ts';
import { otherVerbs, verbs } from './verbs.ts';

quietPipes();
void run(process.argv.slice(2));

async function run(argv: readonly string[]): Promise<void> {
  if (argv[0] === '__complete') return completeWords(argv.slice(1));
  const program = new Command('berth').enablePositionalOptions().exitOverride();
  addGlobals(program);
  program.description('Compose stacks on Linux, without Docker.').addHelpText('before', overview);
  program.configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'berth: ')) });
  const wanted = verbOf(argv);
  let words = argv;
  for (const { name, summary, load } of verbs) {
    if (name === wanted) words = hoisted(argv, program, add(program, await load()));
    else program.command(name).description(summary);
  }
  if (wanted !== undefined && otherVerbs.includes(wanted)) {
    const { notOurs } = await import('./commands/not-ours.ts');
    program.addCommand(inheriting(program, notOurs(wanted)), { hidden: true });
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? exitCodeOf(error) : told(error, program);
  }
  await flushed();
  process.exit();
}

/** What the shells ask while somebody types; see `berth completion`. */
async function completeWords(words: readonly string[]): Promise<void> {
  const { complete, completionText } = await import('./complete.ts');
  process.stdout.write(completionText(await complete(words)));
  await flushed();
  process.exit();
}

/** commander has printed what is wrong, or the help that was asked for. */
function exitCodeOf(error: CommanderError): number {
  return error.code === 'commander.helpDisplayed' || error.code === 'commander.help' ? 0 : 1;
}

function told(error: unknown, program: Command): number {
  const globals = program.opts<Globals>();
  const verbose = globals.verbose === true || process.env['BERTH_DEBUG'] !== undefined;
  const about = { terminal: terminalFor(process.stderr, globals), base: process.cwd(), verbose };
  return failureExitCode(renderError(error, about));
}

/** The first word that is neither a global option nor its value. */
function verbOf(argv: readonly string[]): string | undefined {
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (!word.startsWith('-')) return word;
    if (valueOptions.has(word)) index += 1;
  }
  return undefined;
}

function add(program: Command, command: Command): Command {
  program.addCommand(inheriting(program, command));
  return command;
}

/** A command made elsewhere throws instead of exiting, as the program does, and so do its subcommands. */
function inheriting(program: Command, command: Command): Command {
  command.copyInheritedSettings(program);
  command.commands.forEach((child) => inheriting(command, child));
  return command;
}

/** A reader that has seen enough (`berth logs | head`) is no error. */
function quietPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
      throw error;
    });
  }
}

async function flushed(): Promise<void> {
  const streams = [process.stdout, process.stderr];
  await Promise.all(
    streams.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
  );
}
