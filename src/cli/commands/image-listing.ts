import type Dockerode from 'dockerode';
import { engineFor } from '../engine.ts';
import type { CliContext } from '../context.ts';
import { table } from '../output/table.ts';
import { templateFormat, type Row } from '../output/template.ts';
import { splitReference } from '../references.ts';
import { sizeText } from '../resources.ts';

export interface ImageListFlags {
  readonly all?: boolean;
  readonly quiet?: boolean;
  readonly digests?: boolean;
  /** `--no-trunc` gives false. */
  readonly trunc: boolean;
  readonly filter?: readonly string[];
  readonly format: string;
}

/** `image ls`, with the flags, filters and rows of `docker image ls`. */
export async function listImages(
  context: CliContext,
  name: string | undefined,
  flags: ImageListFlags,
): Promise<number> {
  const client = await engineFor(context);
  const asked = [...(flags.filter ?? []), ...(name === undefined ? [] : [`reference=${name}`])];
  const images = await client.listImages({ filters: filtersOf(asked) });
  if (flags.quiet) {
    const ids = images.map(({ Id }) => (flags.trunc ? shortId(Id) : Id));
    context.out.write([...new Set(ids)].map((id) => `${id}\n`).join(''));
    return 0;
  }
  const rows = images
    .flatMap((image) => rowsOf(image, flags.trunc))
    .sort((a, b) => (`${a['Repository']}:${a['Tag']}` < `${b['Repository']}:${b['Tag']}` ? -1 : 1));
  const template = templateFormat(flags.format);
  if (template) context.out.write(template(rows));
  else if (flags.format === 'json') rows.forEach((row) => context.out.line(JSON.stringify(row)));
  else context.out.write(tableOf(rows, flags.digests === true));
  return 0;
}

/** `label=a`, `label=b` → `{ label: [a, b] }`, as the API takes them. */
export function filtersOf(texts: readonly string[]): Record<string, string[]> {
  const filters: Record<string, string[]> = {};
  for (const text of texts) {
    const separator = text.indexOf('=');
    const key = separator === -1 ? text : text.slice(0, separator);
    (filters[key] ??= []).push(separator === -1 ? 'true' : text.slice(separator + 1));
  }
  return filters;
}

type ImageRow = Row & Readonly<Record<string, string>>;

function rowsOf(image: Dockerode.ImageInfo, trunc: boolean): ImageRow[] {
  const tags = image.RepoTags && image.RepoTags.length > 0 ? image.RepoTags : ['<none>:<none>'];
  const created = new Date(image.Created * 1000);
  return tags.map((reference) => {
    const [repository, tag] = splitReference(reference);
    const digest = image.RepoDigests?.find((one) => one.startsWith(`${repository}@`));
    return {
      Containers: String(image.Containers),
      CreatedAt: created.toISOString().replace('T', ' ').slice(0, 19) + ' +0000 UTC',
      CreatedSince: sinceText(created, new Date()),
      Digest: digest?.split('@')[1] ?? '<none>',
      ID: trunc ? shortId(image.Id) : image.Id,
      Repository: repository,
      SharedSize: 'N/A',
      Size: sizeText(image.Size),
      Tag: tag,
      UniqueSize: 'N/A',
      VirtualSize: sizeText(image.Size),
    };
  });
}

function tableOf(rows: readonly ImageRow[], digests: boolean): string {
  const columns = ['Repository', 'Tag', ...(digests ? ['Digest'] : []), 'ID', 'CreatedSince', 'Size'];
  const titles = { ID: 'IMAGE ID', CreatedSince: 'CREATED' } as Readonly<Record<string, string>>;
  return table(
    columns.map((name) => titles[name] ?? name.toUpperCase()),
    rows.map((row) => columns.map((name) => row[name] ?? '')),
  );
}

/** `3 weeks ago`, as Docker says it. */
export function sinceText(then: Date, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - then.getTime()) / 1000);
  const units = [
    ['year', 31_536_000],
    ['month', 2_592_000],
    ['week', 604_800],
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ] as const;
  const [word, length] = units.find(([, unit]) => seconds >= unit * 2) ?? ['second', 1];
  return `${Math.floor(seconds / length)} ${word}s ago`;
}

/** What a removal took away; engines send null for nothing. */
export function removedLines(
  removed: readonly { Untagged?: string | undefined; Deleted?: string | undefined }[] | null,
): string[] {
  return (removed ?? []).map(({ Untagged, Deleted }) =>
    Untagged === undefined ? `deleted: ${Deleted ?? ''}` : `untagged: ${Untagged}`,
  );
}

export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}
