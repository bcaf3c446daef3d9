/** What differs from one run to the next, and means nothing: ids, times, veth names, ports of the kernel's choice. */
export function normalise(text: string): string {
  return replacements
    .reduce((rest, [pattern, word]) => rest.replace(pattern, word), text)
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

const replacements: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{64}\b/g, '<id>'],
  [/\b(br-)?[0-9a-f]{12}\b/g, '$1<short id>'],
  [/\bveth[0-9a-f]{7}\b/g, '<veth>'],
  [/ {2,}/g, ' '],
  [/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, '<time>'],
];
