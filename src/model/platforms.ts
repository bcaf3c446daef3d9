/** `os/architecture[/variant]`, in the words of OCI. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

/** Reads `linux/arm64`, `linux/arm/v7`, `arm64`; architectures also by the names that kernels give them. */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/').filter(Boolean);
  const [first = '', second, third = ''] = parts;
  if (second === undefined) {
    return OSES.has(first)
      ? normal({ os: first, architecture: '', variant: '' })
      : normal({ os: 'linux', architecture: first, variant: '' });
  }
  return normal({ os: first, architecture: second, variant: third });
}

/** Whether an image of one platform is what somebody who asks for another wants; an empty text asks for nothing. */
export function suitsPlatform(
  image: { os: string; architecture: string; variant?: string },
  text: string,
): boolean {
  if (text === '') return true;
  const wanted = parsePlatform(text);
  const platform = normal({ variant: '', ...image });
  if (wanted.architecture === '') return wanted.os === platform.os;
  return choosePlatform([{ platform }], wanted) !== undefined;
}

export function platformText({ os, architecture, variant }: Platform): string {
  return variant === '' ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** The best of what is offered: the same variant, then none said, then (for arm) the next lower one. */
export function choosePlatform<T extends { readonly platform: Platform }>(
  offered: readonly T[],
  wanted: Platform,
): T | undefined {
  const candidates = offered.filter(
    ({ platform }) => platform.os === wanted.os && platform.architecture === wanted.architecture,
  );
  const rank = ({ platform }: T): number => {
    if (platform.variant === wanted.variant) return 0;
    if (platform.variant === '') return 1;
    if (wanted.variant === '') return 2;
    return platform.variant < wanted.variant ? 3 + 9 - Number(platform.variant.slice(1)) : Infinity;
  };
  const [best] = candidates.filter((one) => rank(one) < Infinity).toSorted((a, b) => rank(a) - rank(b));
  return best;
}

export function normal({ os, architecture, variant }: Platform): Platform {
  const known = ARCHITECTURES[architecture] ?? architecture;
  const isImplied = (known === 'arm64' && variant === 'v8') || (known === 'amd64' && variant === 'v1');
  const own = architecture === 'armhf' ? 'v7' : architecture === 'armel' ? 'v6' : variant;
  return { os, architecture: known, variant: isImplied ? '' : own };
}

const OSES = new Set(['linux', 'windows', 'darwin', 'freebsd']);

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armhf: 'arm',
  armel: 'arm',
  i386: '386',
  i686: '386',
  x64: 'amd64',
  ia32: '386',
};
