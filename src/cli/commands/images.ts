import { Command } from 'commander';
import { ps } from '../../stack/ps.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack } from '../named-stack.ts';
import { table } from '../output/table.ts';
import { templateFormat } from '../output/template.ts';
import { examples } from '../overview.ts';
import { sizeText } from '../resources.ts';

interface ImagesFlags {
  readonly quiet?: boolean;
  readonly format: string;
}

export function imagesCommand(): Command {
  return new Command('images')
    .description('list the images that the containers of the project run')
    .argument('[services...]', 'only these')
    .option('-q, --quiet', 'ids only')
    .option('--format <format>', 'table, json for one JSON array, or a template: {{.ID}}', 'table')
    .addHelpText('before', examples(['berth images', "berth images --format json | jq -r '.[].ID'"]))
    .action(verb(list));
}

async function list(context: CliContext, services: string[], flags: ImagesFlags): Promise<undefined> {
  const format = templateFormat(flags.format);
  const { client, projectName } = await namedStack(context, services);
  const replicas = await ps(client, { projectName, services, all: true });
  const rows = await Promise.all(
    replicas.map(async ({ id, name, image }) => {
      const { Image } = await client.getContainer(id).inspect();
      const { Id, Size } = await client.getImage(Image).inspect();
      return imageRow({ id: Id, container: name, image, Size });
    }),
  );
  if (flags.quiet) {
    context.out.write([...new Set(rows.map(({ ID }) => shortId(ID) + '\n'))].join(''));
  } else if (format) {
    context.out.write(format(rows));
  } else if (flags.format === 'json') {
    context.out.line(JSON.stringify(rows));
  } else {
    const cells = rows.map(({ ContainerName, Repository, Tag, ID, Size }) => [
      ContainerName,
      Tag === '' ? Repository : `${Repository}:${Tag}`,
      shortId(ID),
      sizeText(Size),
    ]);
    context.out.write(table(['CONTAINER', 'IMAGE', 'ID', 'SIZE'], cells));
  }
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** With the keys of Docker Compose; a digest or a bare id has no tag. */
function imageRow({
  id,
  container,
  image,
  Size,
}: {
  id: string;
  container: string;
  image: string;
  Size: number;
}) {
  const [, repository = image, tag = ''] = /^(.*?[^/]):([^:/@]+)$/.exec(image) ?? [];
  return { ID: id, ContainerName: container, Repository: repository, Tag: tag, Image: image, Size };
}
