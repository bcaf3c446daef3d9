import type { PathFacts } from '../engine/engine-api.ts';
import { bodyStream } from './body.ts';
import { type Call, flag, param } from './call.ts';
import { badRequest } from './errors.ts';
import { goMode } from './mapping/go-mode.ts';
import { rfc3339 } from './mapping/times.ts';
import { beginStream, sendEmpty, write } from './reply.ts';
import { route, type Route } from './router.ts';

export const archiveRoutes: readonly Route[] = [
  route('HEAD', '/containers/{id…}/archive', head),
  route('GET', '/containers/{id…}/archive', get),
  route('PUT', '/containers/{id…}/archive', put),
  route('GET', '/containers/{id…}/export', exportAll),
];

async function head(call: Call): Promise<void> {
  setStat(call, await call.engine.statPath(param(call, 'id'), pathOf(call)));
  sendEmpty(call.response, 200);
}

async function get(call: Call): Promise<void> {
  await call.engine.readArchive(param(call, 'id'), {
    path: pathOf(call),
    take: async (facts, tar) => {
      setStat(call, facts);
      await send(call, tar);
    },
  });
}

async function put(call: Call): Promise<void> {
  await call.engine.writeArchive(param(call, 'id'), {
    path: pathOf(call),
    source: bodyStream(call),
    keepKinds: flag(call, 'noOverwriteDirNonDir'),
  });
  sendEmpty(call.response, 200);
}

async function exportAll(call: Call): Promise<void> {
  await call.engine.exportRootfs(param(call, 'id'), (tar) => send(call, tar));
}

async function send({ response }: Call, tar: AsyncIterable<Buffer>): Promise<void> {
  beginStream(response, 'application/x-tar');
  for await (const chunk of tar) {
    if (response.destroyed) return;
    await write(response, chunk);
  }
  response.end();
}

function pathOf(call: Call): string {
  const path = call.query.get('path') ?? '';
  if (path === '') throw badRequest('missing value for the query value path');
  return path.startsWith('/') ? path : `/${path}`;
}

/** Clients read what stands at the path from a header: JSON in base64. */
function setStat({ response }: Call, facts: PathFacts): void {
  const stat = {
    name: facts.name,
    size: facts.sizeBytes,
    mode: goMode(facts),
    mtime: rfc3339(facts.modifiedNs),
    linkTarget: facts.linkTarget,
  };
  response.setHeader('X-Docker-Container-Path-Stat', Buffer.from(JSON.stringify(stat)).toString('base64'));
}
