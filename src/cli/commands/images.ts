import { Command, Option } from 'commander';
import { ps } from '../../stack/ps.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack } from '../named-stack.ts';
import { table } from '../output/table.ts';
import { examples } from '../overview.ts';
import { sizeText } from '../resources.ts';

interface ImagesFlags {
  readonly quiet?: boolean;
  readonly format: 'table' | 'json';
}

export function imagesCommand(): Command {
  return new Command('images')
    .description('list the images that the containers of the project run')
    .argument('[services...]', 'only these')
    .option('-q, --quiet', 'ids only')
    .addOption(
      new Option('--format <format>', 'table, or one JSON array').choices(['table', 'json']).default('table'),
    )
    .addHelpText('before', examples(['berth images', "berth images --format json | jq -r '.[].ID'"]))
    .action(verb(list));
}

async function list(context: CliContext, services: string[], flags: ImagesFlags): Promise<undefined> {
  const { client, projectName } = await namedStack(context, services);
  const replicas = await ps(client, { projectName, services, all: true });
  const rows = await Promise.all(
    replicas.map(async ({ id, name, image }) => {
      const { Image } = await client.getContainer(id).inspect();
      const { Id, Size } = await client.getImage(Image).inspect();
      return { ID: Id, ContainerName: name, Image: image, Size };
    }),
  );
  if (flags.quiet) {
    context.out.write([...new Set(rows.map(({ ID }) => shortId(ID) + '\n'))].join(''));
  } else if (flags.format === 'json') {
    context.out.line(JSON.stringify(rows));
  } else {
    const cells = rows.map(({ ContainerName, Image, ID, Size }) => [
      ContainerName,
      Image,
      shortId(ID),
      sizeText(Size),
    ]);
    context.out.write(table(['CONTAINER', 'IMAGE', 'ID', 'SIZE'], cells));
  }
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}
