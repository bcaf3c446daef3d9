import type { Command, Option } from 'commander';

/**
 * The arguments with global options that stand behind the verb moved before it, as Docker Compose takes them in both
 * places: `up -d --profile debug`. What the verb itself takes stays, and so does the command line that `exec` and
 * `run` pass on.
 */
export function hoisted(argv: readonly string[], program: Command, verb: Command): readonly string[] {
  if (verb.commands.length > 0) return argv;
  const at = argv.indexOf(verb.name());
  const before = argv.slice(0, at);
  const kept: string[] = [];
  const rest = [...argv.slice(at + 1)];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--' || (!word.startsWith('-') && passesOn(verb))) {
      kept.push(word, ...rest);
      break;
    }
    const own = optionOf(verb, word);
    const global = own ? undefined : optionOf(program, word);
    const list = global ? before : kept;
    list.push(word);
    const option = own ?? global;
    const value = rest[0];
    if (option?.required && value !== undefined && isAlone(option, word)) list.push(...rest.splice(0, 1));
  }
  return [...before, argv[at] ?? '', ...kept];
}

/** Whether the command takes the words after its first argument as they are; commander has no word for it. */
function passesOn(command: Command): boolean {
  return ['exec', 'run'].includes(command.name());
}

function optionOf(command: Command, word: string): Option | undefined {
  const name = word.replace(/=.*$/s, '');
  return command.options.find(({ long, short }) => {
    if (name.startsWith('--')) return name === long;
    return short !== undefined && word.startsWith('-') && word.slice(0, 2) === short;
  });
}

/** Whether its value is a word of its own, rather than behind `=` or right behind the letter. */
function isAlone(option: Option, word: string): boolean {
  return word === option.long || word === option.short;
}
