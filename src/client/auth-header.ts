/** A login as Docker's API takes it. */
export interface AuthConfig {
  readonly username: string;
  readonly password: string;
  /** Of the registry, as config.json names it. */
  readonly serveraddress: string;
  readonly identitytoken?: string;
}

/** `X-Registry-Config` for a build: the logins of all registries, by their names in config.json. */
export function authsHeader(logins: readonly AuthConfig[]): Record<string, string> {
  if (logins.length === 0) return {};
  const byAddress = Object.fromEntries(logins.map((login) => [login.serveraddress, login]));
  return { 'X-Registry-Config': Buffer.from(JSON.stringify(byAddress)).toString('base64url') };
}

/** `X-Registry-Auth` for a request. Without a login Docker wants an empty one. */
export function authHeader(authconfig: AuthConfig | undefined): Record<string, string> {
  return { 'X-Registry-Auth': Buffer.from(JSON.stringify(authconfig ?? {})).toString('base64url') };
}
