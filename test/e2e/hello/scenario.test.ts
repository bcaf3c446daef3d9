import { describe, expect, it } from 'vitest';
import { privateHost } from '../../helpers/host.ts';
import { addressOf, dockerOf, example, inspect, page } from '../../helpers/scenario.ts';

const cwd = example('hello');

describe('examples/hello', () => {
  it('comes up, serves its page through the published port, and goes without a trace', async () => {
    await using host = await privateHost();
    const before = await host.snapshot();
    await host.berth('up -d', { cwd });
    const html = await page(host, 'http://127.0.0.1:8080/');
    expect(html).toContain('<h1>Hello from Berth</h1>');
    expect(html).toContain(`from http://api:3000 at ${await addressOf(host, 'hello-api-1')}`);
    expect(html).toContain('Visits: 1');
    await host.berth('down', { cwd });
    await host.expectClean(before);
  });

  it('starts the web page only when the API is healthy', async () => {
    await using host = await privateHost();
    await host.berth('up -d', { cwd });
    const [api, web] = [await inspect(host, 'hello-api-1'), await inspect(host, 'hello-web-1')];
    const firstSuccess = api.State.Health?.Log.find((probe) => probe.ExitCode === 0);
    expect(api.State.Health?.Status).toBe('healthy');
    expect(new Date(web.State.StartedAt) >= new Date(String(firstSuccess?.End))).toBe(true);
  });

  it('puts web on both networks in the order of the file and api on the internal one', async () => {
    await using host = await privateHost();
    await host.berth('up -d', { cwd });
    const web = await host.berth(['exec', '-T', 'web', 'ip', '-o', '-4', 'address'], { cwd });
    expect(web.stdout).toMatch(
      new RegExp(`eth0 +inet ${await addressOf(host, 'hello-web-1', 'hello_front')}/16`),
    );
    expect(web.stdout).toMatch(
      new RegExp(`eth1 +inet ${await addressOf(host, 'hello-web-1', 'hello_back')}/16`),
    );
    const api = await host.berth(['exec', '-T', 'api', 'ip', 'route'], { cwd });
    expect(api.stdout).not.toContain('default');
    expect(Object.keys((await inspect(host, 'hello-api-1')).NetworkSettings.Networks)).toEqual([
      'hello_back',
    ]);
  });

  it('labels what it makes the way Docker Compose does', async () => {
    await using host = await privateHost();
    await host.berth('up -d', { cwd });
    const { Labels } = (await inspect(host, 'hello-api-1')).Config;
    expect(Labels).toMatchObject({
      'com.docker.compose.project': 'hello',
      'com.docker.compose.service': 'api',
      'com.docker.compose.container-number': '1',
      'com.docker.compose.oneoff': 'False',
      'com.docker.compose.project.working_dir': cwd,
      'com.docker.compose.project.config_files': `${cwd}/compose.yaml`,
    });
    const network = (await dockerOf(host).getNetwork('hello_back').inspect()) as {
      Labels: object;
      Internal: boolean;
    };
    expect(network).toMatchObject({
      Internal: true,
      Labels: { 'com.docker.compose.project': 'hello', 'com.docker.compose.network': 'back' },
    });
  });
});
