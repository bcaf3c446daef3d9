import { pathKind, readFileBounded } from '../../host/text-files.ts';
import type { BuildRequest } from '../../model/build.ts';
import { parseDockerfile, type Dockerfile } from './dockerfile.ts';
import {
  dockerfileInvalid,
  contextMissing,
  contextRemote,
  dockerfileMissing,
  platformForeign,
} from './errors.ts';
import { fromNames, planStages, type Source, type StagePlan } from './stages.ts';
import { ownPlatform } from '../archive-images.ts';

/** A request with the files that it names read. */
export interface Recipe {
  /** Path of the Dockerfile, for messages. */
  readonly path: string;
  readonly file: Dockerfile;
  readonly plan: StagePlan;
  /** Text of the ignore file that counts; empty: none. */
  readonly ignore: string;
  /** Contexts that are folders. */
  readonly folders: ReadonlyMap<string, string>;
  /** Contexts that stand for an image: name → reference. */
  readonly imageContexts: ReadonlyMap<string, string>;
  /** The images that the needed stages use, each once. */
  readonly images: readonly { readonly reference: string; readonly line: number }[];
}

/** Reads what a build is made from. Throws EngineError DOCKERFILE_…, BUILD_…. */
export function readRecipe(request: BuildRequest): Recipe {
  checkPlatform(request.platform);
  checkFolder(request.context);
  const path = dockerfilePath(request);
  const file = parseDockerfile(request.dockerfileInline ?? readDockerfile(path));
  const { folders, imageContexts } = contextsOf(request);
  const plan = planStages(file, {
    args: request.args,
    target: request.target,
    contexts: Object.keys(request.contexts),
  });
  refuseNothing(plan, request, file);
  const ignore = ignoreText(request, path);
  return { path, file, plan, ignore, folders, imageContexts, images: imagesOf(plan, imageContexts) };
}

/** FROM scratch alone, without even a label, is no image. */
function refuseNothing({ needed }: StagePlan, { labels }: BuildRequest, file: Dockerfile): void {
  const last = needed.at(-1);
  if (last?.base.kind !== 'scratch' || last.instructions.length > 0 || Object.keys(labels).length > 0) return;
  throw dockerfileInvalid('No image was generated: nothing follows FROM scratch', last.from.line, file.lines);
}

function dockerfilePath({ context, dockerfile, dockerfileInline }: BuildRequest): string {
  if (dockerfileInline !== undefined) return `${context}/Dockerfile (inline)`;
  return dockerfile.startsWith('/') ? dockerfile : `${context}/${dockerfile}`;
}

function readDockerfile(path: string): string {
  const read = readFileBounded(path, MAX_BYTES);
  if (read.kind !== 'bytes') throw dockerfileMissing(path);
  return read.bytes.toString('utf8');
}

const MAX_BYTES = 4 << 20;

/** `<Dockerfile>.dockerignore` wins over `.dockerignore` of the context. */
function ignoreText(request: BuildRequest, path: string): string {
  const own = request.dockerfileInline === undefined ? [`${path}.dockerignore`] : [];
  for (const file of [...own, `${request.context}/.dockerignore`]) {
    const read = readFileBounded(file, MAX_BYTES);
    if (read.kind === 'bytes') return read.bytes.toString('utf8');
  }
  return '';
}

function contextsOf({ contexts }: BuildRequest): Pick<Recipe, 'folders' | 'imageContexts'> {
  const folders = new Map<string, string>();
  const imageContexts = new Map<string, string>();
  for (const [name, value] of Object.entries(contexts)) {
    const image = /^(?:docker-image|container-image):\/\/(.+)$/.exec(value)?.[1];
    if (image !== undefined) imageContexts.set(name, image);
    else {
      checkFolder(value);
      folders.set(name, value);
    }
  }
  return { folders, imageContexts };
}

function checkFolder(path: string): void {
  if (/^(?:[a-z][a-z0-9+-]*:\/\/|git@|github\.com\/)/.test(path)) throw contextRemote(path);
  if (pathKind(path) !== 'folder') throw contextMissing(path);
}

function checkPlatform(platform: string): void {
  const own = ownPlatform();
  if (platform !== '' && platform !== own && !platform.startsWith(`${own}/`))
    throw platformForeign(platform, own);
}

function imagesOf(
  { needed, sourceOf }: StagePlan,
  imageContexts: ReadonlyMap<string, string>,
): Recipe['images'] {
  const images = new Map<string, number>();
  const add = (source: Source, line: number): void => {
    const reference = source.kind === 'context' ? imageContexts.get(source.name) : undefined;
    if (source.kind === 'image') images.set(source.reference, images.get(source.reference) ?? source.line);
    else if (reference !== undefined) images.set(reference, images.get(reference) ?? line);
  };
  for (const { base, from, instructions } of needed) {
    add(base, from.line);
    for (const instruction of instructions)
      for (const name of fromNames(instruction)) add(sourceOf(name, instruction.line), instruction.line);
  }
  return [...images].map(([reference, line]) => ({ reference, line }));
}
