/** What `berth --help` begins with. */
export const overview = `Examples:
  berth up                 bring the stack of this folder up and show its logs
  berth up -d              the same, in the background
  berth plan               what \`up\` would change, and why
  berth ps                 what runs, where it is reached
  berth logs -f web        follow one service
  berth exec web sh        a shell in a running service
  berth down               take the stack down; volumes stay

`;

/** Examples at the head of a verb's help. */
export function examples(lines: readonly string[]): string {
  return ['Examples:', ...lines.map((line) => `  ${line}`), '', ''].join('\n');
}
