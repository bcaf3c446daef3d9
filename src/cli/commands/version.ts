import { Command, Option } from 'commander';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { examples } from '../overview.ts';
import { version } from '../version.ts';

interface VersionFlags {
  readonly short?: boolean;
  readonly format?: 'pretty' | 'json';
}

export function versionCommand(): Command {
  return new Command('version')
    .description('print the version')
    .option('--short', 'the number only')
    .addOption(
      new Option('-f, --format <format>', 'pretty, or json').choices(['pretty', 'json']).default('pretty'),
    )
    .addHelpText('before', examples(['berth version', 'berth version --short']))
    .action(verb(print));
}

async function print(context: CliContext, flags: VersionFlags): Promise<undefined> {
  if (flags.short) context.out.line(version);
  else if (flags.format === 'json') context.out.line(JSON.stringify({ version }));
  else context.out.line(`Berth ${version}, node ${process.version}`);
}
