import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { dockerOf, eventually, example, here, inspect } from '../../helpers/scenario.ts';

const token = 'swordfish-4711';
const env = { VAULT_TOKEN: token, WHO: 'moon' };
let cwd = '';
let host: PrivateHost;
let before: Snapshot;

beforeAll(async () => {
  host = await privateHost();
  before = await host.snapshot();
  cwd = await mkdtemp('/tmp/berth-secrets-');
  await cp(here(import.meta.url), cwd, { recursive: true });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await rm(cwd, { recursive: true });
});

const inside = async (text: string): Promise<string> =>
  (await host.berth(['exec', '-T', 'app', 'sh', '-c', text], { cwd, env })).stdout;

it('files, variables and texts become files with the owner and mode that each grant names', async () => {
  const { stdout, stderr } = await host.berth('up -d', { cwd, env });
  expect(stdout + stderr).not.toContain(token);
  expect(await inside('cat /run/secrets/plain /settings')).toBe('plain file\nplain file\n');
  expect(await inside('cat /run/secrets/owned /run/secrets/token /opt/token')).toBe(
    `an owned file\n${token}${token}`,
  );
  expect(await inside('cat /etc/greeting.conf')).toBe('hello moon, price $5\n');
  const facts = 'stat -c "%a %u %g %n" /run/secrets/owned /run/secrets/token /opt/token /etc/greeting.conf';
  expect((await inside(facts)).split('\n')).toEqual([
    '400 1000 1001 /run/secrets/owned',
    '400 1000 0 /run/secrets/token',
    '444 0 0 /opt/token',
    '440 0 1000 /etc/greeting.conf',
    '',
  ]);
  expect(await inside('echo x 2>/dev/null > /opt/token || echo refused')).toBe('refused\n');
});

it('a secret is on no disk, and in no record, event, plan, journal or inspection', async () => {
  const { stdout: found } = await host.run(
    `grep -rl -e ${token} -e ${Buffer.from(token).toString('base64').slice(0, 16)} ${host.root} ${host.runRoot} || true`,
    { allowFailure: true },
  );
  const places = found
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(`${host.runRoot}/files/`));
  expect(places).toEqual([]);
  expect(found).toContain(`${host.runRoot}/files/`);
  const { stdout: type } = await host.run(['stat', '-f', '-c', '%T', `${host.runRoot}/files`]);
  expect(type).toBe('tmpfs\n');
  expect(JSON.stringify(await inspect(host, 'vault-app-1'))).not.toContain(token);
  for (const args of [
    'config',
    'plan',
    'plan --steps',
    'plan --format json',
    'plan --steps --force-recreate',
  ]) {
    const { stdout, stderr } = await host.berth(args, { cwd, env, allowFailure: true });
    expect(stdout + stderr, args).not.toContain(token);
  }
});

it('an engine that was killed, and a restart policy, find the secrets again', async () => {
  await host.run(`kill -9 $(cat ${host.runRoot}/engine.pid)`);
  await host.berth('ps', { cwd });
  expect(await inside('cat /opt/token')).toBe(token);
  await host.berth('restart -t 0 app', { cwd });
  expect(await inside('cat /opt/token')).toBe(token);
});

it('after a reboot a start says that they are gone, and up hands them over again', async () => {
  await host.berth('stop -t 0', { cwd });
  await host.run(`rm -rf ${host.runRoot}/files`);
  const { id } = dockerOf(host).getContainer((await inspect(host, 'vault-app-1')).Id);
  await expect(dockerOf(host).getContainer(id).start()).rejects.toThrow(
    'container vault-app-1 cannot start: /etc/greeting.conf, /run/secrets/token, /opt/token are not in memory any more',
  );
  await host.berth('up -d', { cwd, env });
  expect((await inspect(host, 'vault-app-1')).Id).toBe(id);
  expect(await inside('cat /opt/token')).toBe(token);
});

it('a changed secret or config makes the container anew, and the plan says which, not what', async () => {
  const changed = { ...env, VAULT_TOKEN: 'trout-0815' };
  const plan = await host.berth('plan', { cwd, env: changed });
  expect(plan.stdout).toContain('secret token: its content changed');
  expect(plan.stdout).not.toMatch(/trout|swordfish/);
  await host.berth('up -d', { cwd, env: changed });
  const facts = 'cat /opt/token';
  expect((await host.berth(['exec', '-T', 'app', 'sh', '-c', facts], { cwd, env })).stdout).toBe(
    'trout-0815',
  );
  await writeFile(`${cwd}/plain.txt`, 'another\n');
  expect((await host.berth('plan', { cwd, env: changed })).stdout).toContain(
    'secret plain: its content changed',
  );
});

it('a variable that is not set, and a file that is not there, are errors in the file', async () => {
  const unset = await host.berth('up -d', { cwd, allowFailure: true, env: { WHO: 'x' } });
  expect(unset.code).not.toBe(0);
  expect(unset.stderr).toContain('environment variable "VAULT_TOKEN" required by secret "token" is not set');
  expect(unset.stderr).toMatch(/compose\.yaml:\d+/);
  await rm(`${cwd}/owned.txt`);
  const missing = await host.berth('up -d', { cwd, allowFailure: true, env });
  expect(missing.code).not.toBe(0);
  expect(missing.stderr).toContain(`secret file not found: ${cwd}/owned.txt`);
});

it('a client that puts a file into the new container, as Docker Compose does, finds it there', async () => {
  const docker = dockerOf(host);
  const container = await docker.createContainer({ Image: 'berth/host', Cmd: ['cat', '/run/put/file'] });
  await host.run(
    `mkdir -p /run/x/run/put && echo put > /run/x/run/put/file && tar -C /run/x -cf /run/x.tar run`,
  );
  await container.putArchive(host.path('/run/x.tar'), { path: '/' });
  await container.start();
  await container.wait();
  await eventually(async () => {
    const output = await container.logs({ stdout: true, stderr: true });
    expect(output.toString()).toContain('put');
  });
  await container.remove();
});

it('nothing is left after down', async () => {
  await host.berth('down', { cwd, env });
  await host.expectClean(before);
});

it('examples/secrets runs as its page says', async () => {
  const folder = example('secrets');
  const run = (args: string[] | string, APP_PASSWORD = 'swordfish') =>
    host.berth(args, { cwd: folder, env: { APP_PASSWORD } });
  await run('up -d');
  const look =
    'stat -c "%a %u %n" /run/secrets/db-password; cat /run/secrets/license /run/secrets/db-password /etc/app/settings.ini; wc -l < /var/lib/app/starts; touch /x 2>&1 | grep -o "Read-only.*"';
  expect((await run(['exec', '-T', 'app', 'sh', '-c', look])).stdout).toBe(
    '400 1000 /run/secrets/db-password\nlicense of the example\nswordfishgreeting = hello world\nprice = $5\n1\nRead-only file system\n',
  );
  expect((await run('plan', 'trout')).stdout).toContain('secret password: its content changed');
  await run('down -v');
  await host.expectClean(before);
});
