/** True when one of the references fits a pattern as `docker image ls --filter reference=` has it: `name`, `name:tag`, with `*`, `?`. */
export function matchesReference(references: readonly string[], pattern: string): boolean {
  const expression = globExpression(pattern);
  return references.some((reference) => {
    const name = reference.replace(/(@.*|:[^/:]+)$/, '');
    return expression.test(reference) || expression.test(name);
  });
}

/** A star does not cross a slash. */
function globExpression(pattern: string): RegExp {
  const source = pattern
    .slice(0, 512)
    .replace(/[.+^${}()|\\]/g, String.raw`\$&`)
    .replace(/\*+/g, '[^/]*')
    .replace(/\?/g, '[^/]');
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return new RegExp(`^${pattern.replace(/[^\w/:-]/g, '.')}$`);
  }
}
