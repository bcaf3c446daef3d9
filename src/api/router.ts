import type { Handler } from './call.ts';

export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly handler: Handler;
}

export interface Match {
  readonly handler: Handler;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * A row of a route table. `{id}` matches one segment of the path, `{name…}` one or more (image names hold slashes).
 * GET rows answer HEAD as well. A slash at the end makes no difference.
 */
export function route(method: string, path: string, handler: Handler): Route {
  const names: string[] = [];
  const source = path.replace(/\{(\w+)(…?)\}/g, (_whole, name: string, rest: string) => {
    names.push(name);
    return rest ? '(.+)' : '([^/]+)';
  });
  return { method, pattern: new RegExp(`^${source}/?$`), names, handler };
}

/** The first row that matches. */
export function findRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const wanted = method === 'HEAD' ? ['HEAD', 'GET'] : [method];
  for (const row of routes) {
    if (!wanted.includes(row.method)) continue;
    const found = row.pattern.exec(path);
    if (found) return { handler: row.handler, params: paramsOf(row, found) };
  }
  return undefined;
}

function paramsOf(row: Route, found: RegExpExecArray): Record<string, string> {
  return Object.fromEntries(row.names.map((name, index) => [name, decode(found[index + 1] ?? '')]));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
