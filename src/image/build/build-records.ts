import { createHash } from 'node:crypto';
import { makeFolder, readJson, writeFileAtomic } from '../../host/files.ts';
import type { BuildAssessment, BuildRequest } from '../../model/build.ts';
import { taggedReference } from '../references.ts';
import type { ImageStore } from '../store.ts';
import { changedPaths, readFolders, seeFiles, type SeenFiles } from './context-state.ts';
import { readRecipe, type Recipe } from './recipe.ts';

/** What an image was built from. */
interface BuildRecord {
  readonly imageId: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly files: SeenFiles;
  /** Arguments that the command line gave, and no file has. */
  readonly givenArgs?: Readonly<Record<string, string>>;
}

/** Remembers what images were built from, in `<root>/build/records`, so that a change can be told and named. */
export class BuildRecords {
  readonly #folder: string;
  readonly #images: ImageStore;
  readonly #read = new Map<string, BuildRecord>();

  constructor(about: { root: string; images: ImageStore }) {
    this.#folder = `${about.root}/build/records`;
    this.#images = about.images;
  }

  /** What the image would be built from now. Call it before the build, and `save` after it. */
  see(request: BuildRequest): Omit<BuildRecord, 'imageId'> {
    const recipe = readRecipe(request);
    const given = Object.entries(request.args).filter(([name]) => request.givenArgs?.includes(name));
    return {
      ...(given.length > 0 && { givenArgs: Object.fromEntries(given) }),
      attributes: this.#attributes(request, recipe),
      files: seeFiles(readFolders(recipe, request.context), this.#find(request)?.files ?? {}),
    };
  }

  /**
   * Whether the image of that name was built with other arguments. The cache of buildah goes by the text of a step, in
   * which `LABEL a=$A` is the same whatever `A` is.
   */
  hasOtherArgs(request: BuildRequest, { attributes }: Pick<BuildRecord, 'attributes'>): boolean {
    const before = this.#find(request)?.attributes ?? {};
    return [...new Set([...Object.keys(before), ...Object.keys(attributes)])].some(
      (name) =>
        name.startsWith('args.') && Object.keys(before).length > 0 && before[name] !== attributes[name],
    );
  }

  async save(request: BuildRequest, record: BuildRecord): Promise<void> {
    this.#read.set(keyOf(request), record);
    await makeFolder(this.#folder, 0o700);
    await writeFileAtomic(this.#path(request), JSON.stringify(record), { mode: 0o600 });
  }

  /** Compares what is there with what was built. Throws EngineError DOCKERFILE_…, BUILD_…. */
  assess(request: BuildRequest): BuildAssessment {
    const [tag] = request.tags;
    const image = tag === undefined ? undefined : this.#images.find(tag);
    if (!image) return { fate: 'missing', reason: 'no image yet', imageId: '' };
    const before = this.#find(request);
    const imageId = image.id;
    if (before?.imageId !== imageId) return { fate: 'foreign', reason: 'it was not built here', imageId };
    // What somebody built on purpose is not taken back by a file that says nothing of it.
    const { givenArgs = {} } = before;
    const args = { ...request.args, ...givenArgs };
    const now = this.see({ ...request, args, givenArgs: Object.keys(givenArgs) });
    const reason = reasonFor(before, now);
    if (reason === '') this.#read.set(keyOf(request), { ...now, imageId });
    return { fate: reason === '' ? 'fresh' : 'changed', reason, imageId };
  }

  #attributes(request: BuildRequest, recipe: Recipe): Record<string, string> {
    const attributes: Record<string, string> = { Dockerfile: digest(recipe.file.lines.join('\n')) };
    for (const key of COMPARED) attributes[key] = digest(sorted(request[key]));
    for (const [name, value] of Object.entries(request.args)) attributes[`args.${name}`] = digest(value);
    for (const { reference } of recipe.images) {
      attributes[`base image ${reference}`] = this.#images.find(reference)?.id ?? '';
    }
    return attributes;
  }

  #find(request: BuildRequest): BuildRecord | undefined {
    const key = keyOf(request);
    const record = this.#read.get(key) ?? readJson<BuildRecord>(this.#path(request));
    if (record) this.#read.set(key, record);
    return record;
  }

  #path(request: BuildRequest): string {
    return `${this.#folder}/${keyOf(request)}.json`;
  }
}

const COMPARED = [
  'target',
  'tags',
  'labels',
  'contexts',
  'network',
  'extraHosts',
  'platform',
  'ulimits',
  'privileged',
] as const;

/** One record for each image name and what it is built from. */
function keyOf({ tags, context, dockerfile, target }: BuildRequest): string {
  const [tag] = tags;
  return digest([tag === undefined ? '' : taggedReference(tag), context, dockerfile, target]).slice(0, 40);
}

function digest(value: unknown): string {
  return createHash('sha256')
    .update(typeof value === 'string' ? value : JSON.stringify(value))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `Dockerfile changed`, `context changed: src/app.js and 2 more`; empty: nothing did. */
function reasonFor(before: BuildRecord, now: Omit<BuildRecord, 'imageId'>): string {
  const names = new Set([...Object.keys(before.attributes), ...Object.keys(now.attributes)]);
  const changed = [...names].filter((name) => before.attributes[name] !== now.attributes[name]);
  const [first, ...others] = changed;
  if (first !== undefined) return `${first} changed${others.length > 0 ? `, and ${others.join(', ')}` : ''}`;
  const [path, ...more] = changedPaths(before.files, now.files);
  if (path === undefined) return '';
  return `context changed: ${path}${more.length > 0 ? ` and ${more.length} more` : ''}`;
}
