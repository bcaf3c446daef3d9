/** `host:5000/a/b:1` → name and tag; a reference without a tag means `latest`. */
export function splitReference(reference: string): [string, string] {
  const separator = reference.lastIndexOf(':');
  if (separator < reference.lastIndexOf('/') || separator < 0) return [reference, 'latest'];
  return [reference.slice(0, separator), reference.slice(separator + 1)];
}
