import type { ComposeValue } from '../../model/compose.ts';

/** Something that looks as if it should stay secret. */
export interface Finding {
  readonly type: string;
  /** Path in the compose file, name in an env file; empty for a whole file. */
  readonly key: string;
  readonly value: string;
}

interface Pattern {
  readonly type: string;
  readonly value: RegExp;
  /** Only of values with such a name. */
  readonly key?: RegExp;
}

/** Credentials that can be told by their looks. */
const PATTERNS: readonly Pattern[] = [
  {
    type: 'AWS Client ID',
    value: /\b(?:A3T[A-Z0-9]|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/,
  },
  {
    type: 'AWS Secret Key',
    key: /aws|amazon/i,
    value: /(?:^|[^A-Za-z0-9/+=])[A-Za-z0-9/+=]{40}(?:$|[^A-Za-z0-9/+=])/,
  },
  { type: 'Github authentication', value: /\b(?:gh[opsur]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})/ },
  { type: 'JSON Web Token', value: /\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*/ },
  { type: 'Basic Auth', value: /[a-z][a-z0-9+.-]*:\/\/[^\s:/@$]+:[^\s@/$]+@/i },
  {
    type: 'Private Key',
    value: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[^]*?-----END (?:[A-Z]+ )*PRIVATE KEY-----/,
  },
];

/** Names of variables whose values are no one else's business. */
const TELLING =
  /pass(?:word|wd|phrase)|(?:^|_)(?:pass|pwd)(?:_|$)|secret|token|api_?key|access_?key|private_?key|credential/i;

/** Whether a variable of that name has a value of its own in the file, and not one that is asked for. */
export function isTellingVariable(name: string, value: string | null): boolean {
  return TELLING.test(name) && value !== null && value !== '' && !/\$(?:\w|\{)/.test(value);
}

/** What of a compose file, uninterpolated and in its long form, looks secret. */
export function findingsIn(value: ComposeValue, path = ''): Finding[] {
  if (typeof value === 'string') return findingsOf(path, value);
  if (typeof value !== 'object' || value === null) return [];
  const entries: readonly (readonly [string, ComposeValue])[] = Array.isArray(value)
    ? value.map((item: ComposeValue, index) => [`${path}[${index}]`, item] as const)
    : Object.entries(value as Readonly<Record<string, ComposeValue>>).map(
        ([key, item]) => [path === '' ? key : `${path}.${key}`, item] as const,
      );
  return entries.flatMap(([key, item]) => findingsIn(item, key));
}

/** What of an env file looks secret. */
export function findingsInEnvFile(text: string): Finding[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, key, value] = /^\s*(?:export\s+)?([\w.-]+)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : findingsOf(key, value.trim());
  });
}

/** What of any other file looks secret. */
export function findingsInFile(text: string): Finding[] {
  return PATTERNS.flatMap(({ type, value, key }) => {
    const [found] = key ? [] : (value.exec(text) ?? []);
    return found === undefined ? [] : [{ type, key: '', value: found }];
  });
}

function findingsOf(key: string, value: string): Finding[] {
  return PATTERNS.filter((pattern) => pattern.value.test(value) && (pattern.key?.test(key) ?? true)).map(
    ({ type }) => ({ type, key, value }),
  );
}
