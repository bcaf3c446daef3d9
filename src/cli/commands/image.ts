import { Command } from 'commander';
import type { EngineClient } from '../../client/client.ts';
import { jsonLines } from '../../client/json-lines.ts';
import { openForReading } from '../../host/read-stream.ts';
import { HostError } from '../../model/errors.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { collect } from '../globals.ts';
import { examples } from '../overview.ts';
import { splitReference } from '../references.ts';
import { forEachName, inspectAll } from '../resources.ts';
import { listImages } from './image-listing.ts';
import { addTransfers } from './image-transfer.ts';

interface ProgressLine {
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
}

export function imageCommand(): Command {
  const image = new Command('image')
    .description('images of the engine; `berth/host`, this machine’s own root filesystem, is always there')
    .addHelpText(
      'before',
      examples(['berth image ls', 'docker save redis:7 | berth image load', 'berth image load -i redis.tar']),
    );
  addListing(image);
  addSources(image);
  addTransfers(image);
  return image;
}

function addListing(image: Command): void {
  image
    .command('ls [name]')
    .alias('list')
    .description('list the images')
    .option('-a, --all', 'as for docker; every image is shown')
    .option('-q, --quiet', 'ids only')
    .option('--digests', 'with the digests of their registries')
    .option('--no-trunc', 'whole ids')
    .option(
      '-f, --filter <filter>',
      'dangling=true, label=…, reference=…; may be given several times',
      collect,
    )
    .option('--format <format>', 'table, json: one object a line, or a template such as {{.ID}}', 'table')
    .addHelpText('before', examples(['berth image ls', 'berth image ls redis']))
    .action(verb(listImages));
  image
    .command('inspect <references...>')
    .description('print images as the Docker Engine API has them')
    .addHelpText('before', examples(['berth image inspect redis:7']))
    .action(
      verb(async (context: CliContext, names: string[]) => {
        const client = await engineFor(context);
        return inspectAll(context, names, (name) => client.getImage(name).inspect());
      }),
    );
  image
    .command('rm <references...>')
    .alias('remove')
    .description('remove images')
    .option('-f, --force', 'even if a stopped container uses it')
    .addHelpText('before', examples(['berth image rm redis:7']))
    .action(
      verb(async (context: CliContext, names: string[], flags: { force?: boolean }) => {
        const client = await engineFor(context);
        const remove = (name: string) => client.getImage(name).remove({ force: flags.force ?? false });
        return forEachName(context, names, remove);
      }),
    );
}

function addSources(image: Command): void {
  image
    .command('load')
    .description('bring in a `docker save` or OCI archive')
    .option('-i, --input <path>', 'the archive; standard input without it')
    .addHelpText(
      'before',
      examples(['berth image load -i redis.tar', 'docker save redis:7 | berth image load']),
    )
    .action(verb(load));
  image
    .command('import <path> [reference]')
    .description('make an image of a tar of a root filesystem; `-` is the standard input')
    .option('-c, --change <instruction>', 'such as `CMD ["sh"]`; may be given several times', collect)
    .option('-m, --message <text>', 'for its history')
    .addHelpText('before', examples(['berth image import rootfs.tar my/base:1']))
    .action(verb(importRoot));
  image
    .command('tag <source> <target>')
    .description('give an image a further name')
    .addHelpText('before', examples(['berth image tag my/base:1 my/base:latest']))
    .action(verb(tag));
}

async function load(context: CliContext, flags: { input?: string }): Promise<number> {
  const client = await engineFor(context);
  const archive = flags.input === undefined ? process.stdin : await openForReading(flags.input);
  const answer = await client.loadImage(archive, { abortSignal: context.signal });
  for await (const line of jsonLines<ProgressLine>(answer)) tell(context, line);
  return 0;
}

async function importRoot(
  context: CliContext,
  path: string,
  reference: string | undefined,
  flags: { change?: readonly string[]; message?: string },
): Promise<number> {
  const client: EngineClient = await engineFor(context);
  const archive = path === '-' ? process.stdin : await openForReading(path);
  const [repo, tagName] = reference === undefined ? [] : splitReference(reference);
  const answer = await client.importImage(archive, {
    abortSignal: context.signal,
    ...(repo !== undefined && { repo }),
    ...(tagName !== undefined && { tag: tagName }),
    ...(flags.message !== undefined && { message: flags.message }),
    ...(flags.change && { changes: flags.change.join('\n') }),
  });
  for await (const line of jsonLines<ProgressLine>(answer)) tell(context, line);
  return 0;
}

async function tag(context: CliContext, source: string, target: string): Promise<number> {
  const client = await engineFor(context);
  const [repo, tagName] = splitReference(target);
  await client.getImage(source).tag({ repo, tag: tagName });
  return 0;
}

function tell(context: CliContext, line: ProgressLine): void {
  if (line.error !== undefined) throw new HostError('IMAGE_REFUSED', line.error);
  const text = (line.stream ?? line.status ?? '').trimEnd();
  if (text !== '') context.out.line(text);
}
