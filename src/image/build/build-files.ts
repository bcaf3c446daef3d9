import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { makeFolderNow } from '../../host/files.ts';
import { writeFileNow } from '../../host/files-now.ts';
import type { BuildRequest } from '../../model/build.ts';
import { readImageConfig } from '../image-config.ts';
import { builderId, type LentImage } from './base-store.ts';
import type { buildArguments, Workplace } from './buildah.ts';
import type { Recipe } from './recipe.ts';
import { HEREDOC_CONTEXT, rewrite, type Rewritten } from './rewrite.ts';

interface Work {
  readonly request: BuildRequest;
  readonly recipe: Recipe;
  readonly bases: ReadonlyMap<string, LentImage>;
  readonly place: Workplace;
}

/** The Dockerfile as buildah gets it. */
export function rewriteFor({ request, recipe, bases }: Omit<Work, 'place'>): Rewritten {
  return rewrite(recipe.file, recipe.plan, {
    imageId: (reference) => {
      const image = bases.get(reference);
      return image ? builderId(image) : reference;
    },
    triggers: (reference) => triggersOf(bases.get(reference)),
    imageContexts: recipe.imageContexts,
    labels: request.labels,
    noCacheFilter: request.noCacheFilter,
    args: request.args,
    nonce: randomBytes(8).toString('hex'),
  });
}

/** What an image wants done first in builds that begin with it: buildah does it, and counts it. */
function triggersOf(image: LentImage | undefined): readonly string[] {
  if (image === undefined) return [];
  return readImageConfig(JSON.parse(image.config), 'the image configuration').config.onBuild ?? [];
}

/** Writes all that buildah reads besides the contexts; secrets lie in memory, readable by root only. */
export function writeFiles(
  { request, recipe, place }: Work,
  rewritten: Rewritten,
): Parameters<typeof buildArguments>[1] {
  const { folder, runFolder } = place;
  writeFileNow(`${folder}/Dockerfile`, rewritten.text);
  writeFileNow(`${folder}/ignore`, recipe.ignore);
  writeFileNow(`${folder}/policy.json`, '{"default":[{"type":"insecureAcceptAnything"}]}\n');
  const secrets = new Map<string, string>();
  for (const [index, { id, content = '', file }] of request.secrets.entries()) {
    if (file !== undefined) {
      secrets.set(id, file);
      continue;
    }
    const path = `${runFolder}/secret-${index}`;
    writeFileNow(path, Buffer.from(content, 'base64'), 0o600);
    secrets.set(id, path);
  }
  const folders = new Map(recipe.folders);
  if (rewritten.files.size > 0) folders.set(HEREDOC_CONTEXT, `${folder}/heredocs`);
  for (const [path, content] of rewritten.files) {
    const file = `${folder}/heredocs/${path}`;
    makeFolderNow(dirname(file), 0o755);
    writeFileNow(file, content);
  }
  return {
    dockerfile: `${folder}/Dockerfile`,
    ignoreFile: `${folder}/ignore`,
    policy: `${folder}/policy.json`,
    idFile: `${folder}/id`,
    folders,
    secrets,
  };
}
