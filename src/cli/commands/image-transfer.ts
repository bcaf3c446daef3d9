import type { Command } from 'commander';
import { writeStream } from '../../host/write-stream.ts';
import { UsageError } from '../../model/errors.ts';
import { pullLines } from '../../stack/pull-image.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { collect } from '../globals.ts';
import { table } from '../output/table.ts';
import { templateFormat } from '../output/template.ts';
import { examples } from '../overview.ts';
import { sizeText } from '../resources.ts';
import { showTransfer } from '../transfers.ts';
import { filtersOf, removedLines, shortId, sinceText } from './image-listing.ts';
import { pushOne } from './push.ts';

/** Images from and to registries and files, and what is left of them. */
export function addTransfers(image: Command): void {
  image
    .command('pull <references...>')
    .description('fetch images from their registries')
    .option('--platform <platform>', 'such as linux/arm64; this machine’s without it')
    .option('-q, --quiet', 'only the names')
    .addHelpText(
      'before',
      examples(['berth image pull redis:7', 'berth image pull --platform linux/arm64 redis:7']),
    )
    .action(verb(pull));
  image
    .command('push <references...>')
    .description('bring images to their registries')
    .option('-q, --quiet', 'without progress')
    .addHelpText('before', examples(['berth image push ghcr.io/acme/web:2.1']))
    .action(
      verb(async (context: CliContext, references: string[], flags: { quiet?: boolean }) => {
        const client = await engineFor(context);
        for (const reference of references) {
          await pushOne(context, { client, reference, quiet: flags.quiet === true });
        }
        return 0;
      }),
    );
  image
    .command('save <references...>')
    .description('write images to a tar, for `image load` and `docker load`')
    .option('-o, --output <path>', 'the file; standard output without it')
    .addHelpText('before', examples(['berth image save -o redis.tar redis:7']))
    .action(verb(save));
  image
    .command('history <reference>')
    .description('what the layers of an image were made by')
    .option('--no-trunc', 'whole ids and commands')
    .option('-q, --quiet', 'ids only')
    .option('--format <format>', 'table, json, or a template', 'table')
    .addHelpText('before', examples(['berth image history redis:7']))
    .action(verb(history));
  image
    .command('prune')
    .description('remove images that have no name and no container')
    .option('-a, --all', 'every image that no container uses')
    .option('--filter <filter>', 'until=24h, label=…; may be given several times', collect)
    .option('-f, --force', 'accepted for habit; nothing is asked')
    .addHelpText('before', examples(['berth image prune', 'berth image prune -a --filter until=240h']))
    .action(verb(prune));
}

async function pull(
  context: CliContext,
  references: string[],
  flags: { platform?: string; quiet?: boolean },
): Promise<number> {
  const client = await engineFor(context);
  const { signal } = context;
  for (const reference of references) {
    const lines = pullLines(client, reference, { platform: flags.platform, signal });
    await showTransfer(context, lines, { quiet: flags.quiet === true, name: reference });
    context.out.line(reference);
  }
  return 0;
}

async function save(context: CliContext, references: string[], flags: { output?: string }): Promise<number> {
  if (flags.output === undefined && process.stdout.isTTY) {
    throw new UsageError('OUTPUT_IS_TERMINAL', 'a tar is not written to a terminal', {
      hint: 'name a file with -o, or send the output somewhere',
    });
  }
  const client = await engineFor(context);
  await writeStream(await client.saveImages(references, { abortSignal: context.signal }), flags.output);
  return 0;
}

async function history(
  context: CliContext,
  reference: string,
  flags: { trunc: boolean; quiet?: boolean; format: string },
): Promise<number> {
  const client = await engineFor(context);
  const now = new Date();
  const rows = (await client.getImage(reference).history()).map((layer) => ({
    ID: flags.trunc && layer.Id.startsWith('sha256:') ? shortId(layer.Id) : layer.Id,
    CreatedAt: new Date(layer.Created * 1000).toISOString(),
    CreatedSince: sinceText(new Date(layer.Created * 1000), now),
    CreatedBy: flags.trunc ? layer.CreatedBy.slice(0, 45) : layer.CreatedBy,
    Size: sizeText(layer.Size),
    Comment: layer.Comment,
  }));
  const template = templateFormat(flags.format);
  if (flags.quiet) rows.forEach(({ ID }) => context.out.line(ID));
  else if (template) context.out.write(template(rows));
  else if (flags.format === 'json') rows.forEach((row) => context.out.line(JSON.stringify(row)));
  else {
    const cells = rows.map((row) => [row.ID, row.CreatedSince, row.CreatedBy, row.Size, row.Comment]);
    context.out.write(table(['IMAGE', 'CREATED', 'CREATED BY', 'SIZE', 'COMMENT'], cells));
  }
  return 0;
}

async function prune(
  context: CliContext,
  flags: { all?: boolean; filter?: readonly string[] },
): Promise<number> {
  const client = await engineFor(context);
  const filters = { ...filtersOf(flags.filter ?? []), dangling: [flags.all === true ? 'false' : 'true'] };
  const { ImagesDeleted, SpaceReclaimed } = await client.pruneImages({ filters });
  removedLines(ImagesDeleted).forEach((line) => context.out.line(line));
  context.out.line(`Total reclaimed space: ${sizeText(SpaceReclaimed)}`);
  return 0;
}
