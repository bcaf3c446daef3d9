/** The proxy for an address by HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as Go's programs read them; undefined for none. */
export function proxyFor(url: URL, environment: NodeJS.ProcessEnv = process.env): URL | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = setting(environment, name);
  if (text === '' || isLocal(url.hostname) || isExcepted(url, setting(environment, 'NO_PROXY')))
    return undefined;
  try {
    return new URL(text.includes('://') ? text : `http://${text}`);
  } catch {
    return undefined;
  }
}

/** What a proxy with a user in its address wants. */
export function proxyHeaders(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(user).toString('base64')}` };
}

function setting(environment: NodeJS.ProcessEnv, name: string): string {
  return environment[name] ?? environment[name.toLowerCase()] ?? '';
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

/** `*`, names (with what lies below them), addresses, each with an optional port. Ranges of addresses are not read. */
function isExcepted(url: URL, exceptions: string): boolean {
  const hostname = url.hostname.toLowerCase();
  return exceptions
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '')
    .some((word) => {
      if (word === '*') return true;
      const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(word) ?? [];
      if (port !== undefined && port !== portOf(url)) return false;
      const bare = name.replace(/^\*?\./, '');
      return hostname === bare || hostname.endsWith(`.${bare}`);
    });
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}
