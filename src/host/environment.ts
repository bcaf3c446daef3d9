/** The variables of this process. */
export function ownEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
