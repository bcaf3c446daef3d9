import { loginFor, registryOf } from '../client/docker-config.ts';
import type { LoadResult } from '../compose/index.ts';
import type { Node } from '../compose/tree/node.ts';
import type { Project } from '../model/compose.ts';
import type { CliContext } from './context.ts';
import { engineFor } from './engine.ts';

/** Service → its image with the digest that the registry has for it now; what is built has none. */
export type ImageDigests = ReadonlyMap<string, string>;

export async function imageDigests(context: CliContext, project: Project): Promise<ImageDigests> {
  const client = await engineFor(context);
  const services = Object.entries(project.model.services);
  const found = services.map(async ([name, { image, build }]) => {
    if (image === undefined || build) return [];
    if (image.includes('@')) return [[name, image] as const];
    const authconfig = await loginFor(registryOf(image));
    const options = { abortSignal: context.signal, ...(authconfig && { authconfig }) };
    const { Descriptor } = await client.inspectDistribution(image, options);
    return [[name, `${image}@${Descriptor.digest}`] as const];
  });
  return new Map((await Promise.all(found)).flat());
}

/** The loaded files with these images in the place of their own. */
export function withImages(result: LoadResult, images: ImageDigests): LoadResult {
  const { loaded } = result;
  const paths = [...images].map(([name, image]) => ({ path: ['services', name, 'image'], image }));
  const model = paths.reduce<Node>((node, { path, image }) => withText(node, path, image), loaded.model);
  return model.kind === 'map' ? { ...result, loaded: { ...loaded, model } } : result;
}

function withText(node: Node, [name, ...rest]: readonly string[], text: string): Node {
  if (name === undefined) return node.kind === 'scalar' ? { ...node, value: text } : node;
  const entry = node.kind === 'map' ? node.entries.get(name) : undefined;
  if (node.kind !== 'map' || !entry) return node;
  const entries = new Map(node.entries);
  entries.set(name, { ...entry, value: withText(entry.value, rest, text) });
  return { ...node, entries };
}

/** A second file for `-f`. */
export function lockFile(images: ImageDigests): string {
  const services = [...images].map(([name, image]) => `  ${name}:\n    image: ${image}\n`);
  return `services:\n${services.join('')}`;
}
