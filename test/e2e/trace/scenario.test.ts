import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TraceReport } from '../../../src/model/trace.ts';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { addressOf, dockerOf, eventually, greeting, here } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

describe('berth trace', () => {
  let host: PrivateHost;
  let before: Snapshot;

  beforeAll(async () => {
    host = await privateHost({ lan: true });
    before = await host.snapshot();
    await host.berth('up -d', { cwd });
    await dockerOf(host).getContainer('trace-stopped-1').stop();
    for (const name of ['web', 'db', 'cache', 'alone', 'lonely', 'safe']) {
      const port = { db: 5432, cache: 6379 }[name] ?? 80;
      await eventually(async () => {
        const { stdout } = await host.berth(['exec', '-T', name, 'ss', '-Hltn'], { cwd });
        if (!stdout.includes(`:${String(port)} `)) throw new Error(`${name} does not listen yet`);
      });
    }
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  /** The trace, and its exit code; a real attempt agrees with it, or the test fails. */
  const trace = async (from: string, to: string): Promise<TraceReport> => {
    const argv = ['trace', from, to, '--probe', '--json'];
    const { stdout, stderr, code } = await host.berth(argv, { cwd, allowFailure: true });
    if (stdout === '') throw new Error(stderr);
    const report = JSON.parse(stdout) as TraceReport;
    expect(report.probe, stdout).toMatchObject({ reachable: report.reachable, agrees: true });
    expect(code).toBe(report.reachable ? 0 : 1);
    return report;
  };

  const stages = ({ steps }: TraceReport) => steps.map(({ stage }) => stage);

  it('a neighbour on the same network is reached along the bridge', async () => {
    const report = await trace('web', 'cache:6379');
    expect(report.reachable).toBe(true);
    expect(stages(report)).toEqual(['name', 'route', 'link', 'arrive']);
  });

  it('a service on another network has no name, and the compose file says where to change that', async () => {
    const report = await trace('web', 'db:5432');
    expect(report).toMatchObject({ reachable: false, reason: 'they share no network.' });
    expect(report.steps[0]?.notes).toContain('web is on: front · db is on: back');
    expect(report.remedies[0]).toMatchObject({
      text: 'add `back` to services.web.networks',
      command: 'berth network connect trace_back trace-web-1',
      at: { line: 8 },
    });
  });

  it('an address on another network is stopped by the isolation of networks', async () => {
    const report = await trace('web', `${await addressOf(host, 'trace-db-1')}:5432`);
    expect(report).toMatchObject({ reachable: false, reason: 'they are on separate networks.' });
    expect(report.steps.at(-1)).toMatchObject({ stage: 'filter', isEnd: true });
    expect(report.steps.at(-1)?.packets).toBeGreaterThanOrEqual(0);
  });

  it('the counter of the rule that decides grows with each attempt', async () => {
    const to = `${await addressOf(host, 'trace-db-1')}:5432`;
    const first = (await trace('web', to)).steps.at(-1)?.packets ?? 0;
    expect((await trace('web', to)).steps.at(-1)?.packets ?? 0).toBeGreaterThan(first);
  });

  it('an internal network leads nowhere', async () => {
    const report = await trace('safe', '203.0.113.9:80');
    expect(report).toMatchObject({ reachable: false });
    expect(report.reason).toContain('internal networks only');
  });

  it('a published port is reached by a LAN neighbour', async () => {
    const report = await trace('lan', 'web:8080');
    expect(report.reachable).toBe(true);
    expect(stages(report)).toEqual(['name', 'bind', 'nat', 'route', 'filter', 'arrive']);
    expect(await greeting(host.lan, '10.77.0.1:8080')).toBe('web\n');
  });

  it('the container port of a service stands for the one that it publishes', async () => {
    const report = await trace('lan', 'web:80');
    expect(report.reachable).toBe(true);
    expect(report.steps[0]?.text).toContain('10.77.0.1:8080');
  });

  it('a port that is published on 127.0.0.1 is for this machine alone', async () => {
    expect((await trace('host', '127.0.0.1:8081')).reachable).toBe(true);
    const report = await trace('lan', 'web:8081');
    expect(report.reachable).toBe(false);
    expect(report.reason).toContain('on 127.0.0.1 only');
  });

  it('what is not published is out of reach for the LAN, by name and by address', async () => {
    const report = await trace('lan', 'cache:6379');
    expect(report).toMatchObject({ reachable: false, reason: 'trace-cache-1 does not publish port 6379.' });
    const address = await addressOf(host, 'trace-cache-1');
    expect((await trace('lan', `${address}:6379`)).reachable).toBe(false);
  });

  it("a container's own address is closed to the LAN even where it publishes a port", async () => {
    const report = await trace('lan', `${await addressOf(host, 'trace-web-1')}:80`);
    expect(report.reachable).toBe(false);
    expect(report.reason).toContain('on its own network only');
  });

  it('the host reaches published ports and containers', async () => {
    expect((await trace('host', '127.0.0.1:8080')).reachable).toBe(true);
    expect((await trace('host', '10.77.0.1:8080')).reachable).toBe(true);
    expect((await trace('host', 'cache:6379')).reachable).toBe(true);
    expect((await trace('host', '[::1]:8080')).reachable).toBe(true);
  });

  it('another network reaches a published port by the address of the host', async () => {
    expect((await trace('db', '10.77.0.1:8080')).reachable).toBe(true);
  });

  it('a port at which nobody listens says so, with those at which somebody does', async () => {
    const report = await trace('web', 'cache:6380');
    expect(report).toMatchObject({ reachable: false });
    expect(report.reason).toContain('nothing listens');
    expect(report.remedies[0]?.text).toBe('use port 6379 instead of 6380');
    expect((await trace('lan', 'web:8082')).reachable).toBe(false);
  });

  it('a program that listens on its loopback address is found out', async () => {
    const report = await trace('host', `${await addressOf(host, 'trace-db-1')}:99`);
    expect(report.steps.at(-1)?.text).toContain('listens on 127.0.0.1:99 only');
    expect(report.remedies[0]?.text).toContain('0.0.0.0:99');
  });

  it('a stopped service has no name and no ports', async () => {
    const report = await trace('web', 'stopped:80');
    expect(report.reason).toContain('trace-stopped-1 is exited');
    expect(report.remedies[0]?.command).toBe('berth up -d stopped');
    expect((await trace('host', 'stopped:80')).reachable).toBe(false);
  });

  it('a name of nobody is unknown', async () => {
    const report = await trace('safe', 'nobody:80');
    expect(report).toMatchObject({ reachable: false });
    expect(stages(report)).toEqual(['name']);
  });

  it('icc=false keeps neighbours apart', async () => {
    const report = await trace('alone', 'lonely:80');
    expect(report.reason).toContain('icc=false');
    expect(report.steps.at(-1)).toMatchObject({ stage: 'link', isEnd: true });
  });

  it('UDP is followed too', async () => {
    expect((await trace('web', 'clock:5353/udp')).reachable).toBe(true);
    expect((await trace('web', 'clock:5354/udp')).reachable).toBe(false);
  });

  it("a rule that is not Berth's is named when it decides", async () => {
    await host.run('iptables -I FORWARD 1 -p tcp --dport 80 -j DROP');
    const report = await trace('lan', 'web:8080');
    expect(report.reason).toContain("a rule that is not Berth's stops it");
    expect(report.remedies[0]?.command).toBe(
      'iptables -t filter -D FORWARD -p tcp -m tcp --dport 80 -j DROP',
    );
    await host.run('iptables -D FORWARD -p tcp --dport 80 -j DROP');
  });

  it('the text has the way, the reason and the place in the compose file', async () => {
    const { stdout } = await host.berth('trace web db:5432', { cwd, allowFailure: true });
    expect(stdout).toContain('✘ unreachable: they share no network.');
    expect(stdout).toMatch(/add `back` to services\.web\.networks \(compose\.yaml:8:\d+\)/);
  });

  it('the picture of networks has everything that runs, with addresses and ports', async () => {
    const { stdout } = await host.berth('network graph --format svg', { cwd });
    const address = await addressOf(host, 'trace-web-1');
    for (const part of ['trace_front', 'trace-web-1', address, '0.0.0.0:8080 → 80', 'internal: no way out']) {
      expect(stdout).toContain(part);
    }
    expect(stdout).not.toContain('trace-stopped-1');
    await host.berth(['network', 'graph', '-o', `${host.folder}/picture.dot`], { cwd });
    expect((await host.run(['cat', `${host.folder}/picture.dot`])).stdout).toContain('graph "trace" {');
    expect((await host.berth('network graph --all', { cwd })).stdout).toMatch(/^flowchart LR/);
  });

  it('mistakes in the question are told', async () => {
    const failing = async (args: string) => (await host.berth(args, { cwd, allowFailure: true })).stderr;
    expect(await failing('trace web db')).toContain('[TRACE_TARGET_INVALID]');
    expect(await failing('trace nobody db:1')).toContain('[TRACE_FROM_UNKNOWN]');
    expect(await failing('trace stopped db:1')).toContain('[TRACE_FROM_STOPPED]');
  });

  it('leaves nothing of its attempts behind', async () => {
    await host.berth('down', { cwd });
    await host.expectClean(before);
  });
});
