/** The anchors of docs/differences.md, each the beginning of a row. */
export function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^\| *<a id="([a-z0-9-]+)"><\/a>/gm)].flatMap(([, anchor]) => anchor ?? []);
}
