import { Command } from 'commander';
import { UsageError } from '../../model/errors.ts';
import { verb } from '../action.ts';

const INSTEAD: Readonly<Record<string, string>> = {
  alpha:
    'most of it has become a verb of its own: berth watch, berth publish, berth config --graph, --dry-run',
  bridge: 'berth config prints the project for whatever turns it into something else',
};

/** Verbs of Docker Compose that have no place here: they say so, and what to do instead. */
export function notOurs(name: string): Command {
  return new Command(name)
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(
      verb(async () => {
        throw new UsageError('VERB_NOT_OURS', `berth has no ${name}`, { hint: INSTEAD[name] });
      }),
    );
}
