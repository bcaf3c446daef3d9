import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { expectUnreachable, greeting, here } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
let host: PrivateHost;
let before: Snapshot;
let told: string;

beforeAll(async () => {
  host = await privateHost({ lan: true });
  before = await host.snapshot();
  told = (await host.berth('up -d', { cwd })).stderr;
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const open = 'open for 10.77.0.2\n';

describe('gateway mode', () => {
  it('nat: the port of the host leads in, the address of the container does not', async () => {
    expect(await greeting(host.lan, '10.77.0.1:8091')).toBe(open);
    await expectUnreachable(host.lan, '10.91.0.10:80');
  });

  it('nat-unprotected: both lead in, to every port', async () => {
    expect(await greeting(host.lan, '10.77.0.1:8092')).toBe(open);
    expect(await greeting(host.lan, '10.92.0.10:80')).toBe(open);
    expect(await greeting(host.lan, '10.92.0.10:81')).toBe('closed\n');
  });

  it('routed: the address leads in, to published ports only, and the host has no port', async () => {
    expect(await greeting(host.lan, '10.93.0.10:80')).toBe(open);
    await expectUnreachable(host.lan, '10.93.0.10:81');
    await expectUnreachable(host.lan, '10.77.0.1:8093');
    expect((await host.run('ss -Hltn')).stdout).not.toContain(':8093');
  });

  it('routed: what goes out keeps its address', async () => {
    await using server = host.lan.start(
      'socat TCP-LISTEN:7000,fork,reuseaddr SYSTEM:"echo lan for \\$SOCAT_PEERADDR"',
    );
    const from = (service: string): Pick<PrivateHost, 'run'> => ({
      run: (command) =>
        host.berth(['exec', '-T', service, ...(typeof command === 'string' ? [command] : command)], { cwd }),
    });
    expect(await greeting(from('routed'), '10.77.0.2:7000')).toBe('lan for 10.93.0.10\n');
    expect(await greeting(from('nat'), '10.77.0.2:7000')).toBe('lan for 10.77.0.1\n');
    expect(server.stderr()).toBe('');
  });

  it('isolated: the bridge has no address, so that not even the host is a neighbour', async () => {
    expect((await host.run('ip -o address show dev lonely0')).stdout).toBe('');
  });

  it('stands as well after the engine was started again', async () => {
    await host.berth('engine stop', { cwd });
    await host.berth('ps', { cwd });
    expect(await greeting(host.lan, '10.93.0.10:80')).toBe(open);
    await expectUnreachable(host.lan, '10.91.0.10:80');
  });
});

it('an option that nobody knows is a warning, with the one that was meant', async () => {
  expect(told).toContain('unknown option com.docker.network.bridge.enable_ic');
  expect(told).toContain('did you mean com.docker.network.bridge.enable_icc?');
  const made = await host.berth('network create -o com.docker.network.bridge.nam=x other');
  expect(made.stderr).toContain('did you mean com.docker.network.bridge.name?');
  await host.berth('network rm other');
});

it.each([
  ['overlay', 'Berth runs on one'],
  ['ipvlan', 'macvlan puts containers on the LAN'],
])('the driver %s is refused, with what to use instead', async (driver, advice) => {
  const refused = await host.berth(`network create -d ${driver} other`, { allowFailure: true });
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain(advice);
});

it('and all of it goes', async () => {
  await host.berth('down', { cwd });
  await host.expectClean(before);
});
