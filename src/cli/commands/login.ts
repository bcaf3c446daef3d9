import { Command } from 'commander';
import { forgetLogin, keepLogin, keyOf, loginFor } from '../../client/docker-config.ts';
import { UsageError } from '../../model/errors.ts';
import { verb } from '../action.ts';
import { askLine, askSecret, readStdin } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { examples } from '../overview.ts';

interface LoginFlags {
  readonly username?: string;
  readonly password?: string;
  readonly passwordStdin?: boolean;
}

export function loginCommand(): Command {
  return new Command('login')
    .description('log in to a registry; kept in ~/.docker/config.json, as docker does')
    .argument('[registry]', 'such as ghcr.io or localhost:5000; Docker Hub without it')
    .option('-u, --username <name>', 'asked for without it')
    .option('-p, --password <text>', 'seen by everybody on this machine: better from the standard input')
    .option('--password-stdin', 'read the password from the standard input')
    .addHelpText(
      'before',
      examples(['berth login ghcr.io', 'pass ghcr | berth login ghcr.io -u me --password-stdin']),
    )
    .action(verb(login));
}

export function logoutCommand(): Command {
  return new Command('logout')
    .description('forget the login of a registry')
    .argument('[registry]', 'Docker Hub without it')
    .addHelpText('before', examples(['berth logout ghcr.io']))
    .action(verb(logout));
}

async function login(context: CliContext, given: string | undefined, flags: LoginFlags): Promise<undefined> {
  const registry = registryName(given);
  const login = await ask(registry, flags);
  const client = await engineFor(context);
  await client.checkAuth({ ...login, serveraddress: keyOf(registry) }, { abortSignal: context.signal });
  const place = await keepLogin(registry, { ...login, serveraddress: keyOf(registry) });
  context.err.line(`the login is kept in ${place}`);
  context.out.line('Login Succeeded');
}

async function ask(registry: string, flags: LoginFlags): Promise<{ username: string; password: string }> {
  if (flags.password !== undefined && flags.passwordStdin) {
    throw new UsageError('FLAG_CONFLICT', '--password and --password-stdin exclude each other');
  }
  if (flags.passwordStdin && flags.username === undefined) {
    throw new UsageError('FLAG_CONFLICT', '--password-stdin needs --username');
  }
  const { isTTY } = process.stdin;
  if (!isTTY && !flags.passwordStdin && (flags.username === undefined || flags.password === undefined)) {
    throw new UsageError('LOGIN_NO_TERMINAL', 'there is no terminal to ask for the user and password on', {
      hint: 'give them with --username and --password-stdin',
    });
  }
  const username = flags.username ?? (await askUser(registry));
  if (flags.passwordStdin) return { username, password: (await readStdin()).replace(/\r?\n$/, '') };
  return { username, password: flags.password ?? (await askSecret('Password: ')) };
}

async function askUser(registry: string): Promise<string> {
  const before = (await loginFor(registry))?.username ?? '';
  const answer = await askLine(before === '' ? 'Username: ' : `Username (${before}): `);
  return answer === '' ? before : answer;
}

async function logout(context: CliContext, given: string | undefined): Promise<undefined> {
  const registry = registryName(given);
  const wasThere = await forgetLogin(registry);
  context.out.line(wasThere ? `Removing login credentials for ${registry}` : `Not logged in to ${registry}`);
}

/** `https://ghcr.io/` → `ghcr.io`. */
function registryName(given: string | undefined): string {
  const host = (given ?? '').replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return ['', 'docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host) ? 'docker.io' : host;
}
