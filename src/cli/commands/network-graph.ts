import { Command, Option } from 'commander';
import { extname, resolve } from 'node:path';
import { writeFileAtomic } from '../../host/files.ts';
import { networkPicture, type NetworkPicture } from '../../stack/network-picture.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { dotOf, mermaidOf } from '../output/graph/text.ts';
import { svgOf } from '../output/graph/svg.ts';
import { examples } from '../overview.ts';
import { nameOnly } from '../project.ts';

const formats = ['mermaid', 'dot', 'svg'] as const;
type Format = (typeof formats)[number];

const renderers: Readonly<Record<Format, (picture: NetworkPicture) => string>> = {
  mermaid: mermaidOf,
  dot: dotOf,
  svg: svgOf,
};

interface Flags {
  readonly format?: Format;
  readonly output?: string;
  readonly all?: boolean;
}

export function graphCommand(): Command {
  return new Command('graph')
    .description('draw the networks, the containers on them, their addresses and published ports')
    .addOption(
      new Option('--format <format>', 'what to draw; else as the name of FILE ends, else mermaid').choices(
        formats,
      ),
    )
    .option('-o, --output <file>', 'write to a file instead of the terminal')
    .option('-a, --all', 'everything of the engine, not the project alone')
    .addHelpText(
      'before',
      examples([
        'berth network graph                      Mermaid, for a code block in a README',
        'berth network graph -o networks.svg      a picture',
        'berth network graph --format dot | dot -Tpng > networks.png',
        'berth network graph --all',
      ]),
    )
    .action(verb(graph));
}

async function graph(context: CliContext, flags: Flags): Promise<number> {
  const client = await engineFor(context);
  const projectName = flags.all === true ? undefined : await nameOnly(context);
  const drawn = renderers[formatOf(flags)](await networkPicture(client, projectName));
  if (flags.output === undefined || flags.output === '-') context.out.write(drawn);
  else await writeFileAtomic(resolve(flags.output), drawn, { mode: 0o644 });
  return 0;
}

function formatOf({ format, output = '' }: Flags): Format {
  if (format !== undefined) return format;
  const ending = extname(output).slice(1);
  return formats.find((each) => each === ending) ?? (ending === 'gv' ? 'dot' : 'mermaid');
}
