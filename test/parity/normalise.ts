/** What differs from one run to the next, and means nothing: ids, times, veth names, processes, ports of the kernel's choice. */
export function normalise(text: string): string {
  return replacements
    .reduce((rest, [pattern, word]) => rest.replace(pattern, word), text)
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

/** What clients of different versions write differently of one and the same answer. */
export function ofAnyClient(text: string): string {
  return wordsOfClients
    .reduce((rest, [pattern, word]) => rest.replace(pattern, word), text)
    .split('\n')
    .filter((line) => line !== '')
    .join('\n');
}

const wordsOfClients: readonly (readonly [RegExp, string])[] = [
  // Before 28 errors end with a full stop, and those of several objects with one more line.
  [/\.$/gm, ''],
  [/^exit status 1$/gm, ''],
  // From 28 on IPv6 addresses stand in brackets.
  [/(?<![\w:[])(::1?):(<port>|\d[\d-]*)->/g, '[$1]:$2->'],
  [/^WARNING: Localhost DNS .*$/gm, 'WARNING: Localhost DNS'],
];

const replacements: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{64}\b/g, '<id>'],
  [/\b(br-)?[0-9a-f]{12}\b/g, '$1<short id>'],
  [/\bveth[0-9a-f]{7}\b/g, '<veth>'],
  [/\(pid \d+, in [^)]+\)/g, '(pid <pid>, in <folder>)'],
  [/ {2,}/g, ' '],
  [/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, '<time>'],
];
