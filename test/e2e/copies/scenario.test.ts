import { lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { berthProgram, privateHost } from '../../helpers/host.ts';

const compose = `
name: cp
services:
  web:
    image: berth/host
    command: ["sh", "-c", "echo began; exec sleep infinity"]
    init: true
    scale: 2
  shell:
    image: berth/host
    command: ["sh", "-c", "read word; echo heard $$word; exit 5"]
    stdin_open: true
`;

describe('files, use and terminals of services', () => {
  it('copies both ways, by the rules of docker cp', async () => {
    await using host = await privateHost();
    const cwd = host.folder;
    const berth = (args: string) => host.berth(args, { cwd });
    mkdirSync(`${cwd}/tree/sub`, { recursive: true });
    writeFileSync(`${cwd}/compose.yaml`, compose);
    writeFileSync(`${cwd}/tree/sub/file`, 'text', { mode: 0o751 });
    symlinkSync('sub', `${cwd}/tree/link`);
    await berth('create');
    await berth('cp tree web:/tmp/new');
    await berth('start');
    await berth('cp tree web:/tmp/new');
    await berth('cp tree/sub/. web:/tmp/new');
    const inside = await host.berth('exec -T --index 2 web find /tmp/new -mindepth 1', { cwd });
    expect(inside.stdout.trim().split('\n').sort()).toEqual(
      ['file', 'link', 'sub', 'sub/file', 'tree', 'tree/link', 'tree/sub', 'tree/sub/file'].map(
        (name) => `/tmp/new/${name}`,
      ),
    );
    await berth('cp web:/tmp/new/file renamed');
    expect(lstatSync(`${cwd}/renamed`).mode & 0o777).toBe(0o751);
    await berth('cp web:/tmp/new/tree out');
    expect(readFileSync(`${cwd}/out/sub/file`, 'utf8')).toBe('text');
    expect(readlinkSync(`${cwd}/out/link`)).toBe('sub');
    await berth('cp -L web:/tmp/new/link followed');
    expect(readFileSync(`${cwd}/followed/file`, 'utf8')).toBe('text');
    const missing = await host.berth('cp web:/nope .', { cwd, allowFailure: true });
    expect(missing).toMatchObject({ code: 3, stderr: expect.stringContaining('nothing at /nope') as string });
    const usage = await berth('stats --no-stream --format json web');
    expect(JSON.parse(usage.stdout.split('\n')[0] ?? '')).toMatchObject({ Name: 'cp-web-1', PIDs: '2' });
    // All of `berth/host` is all of this machine: the beginning will do.
    const members = await host.run(`node ${berthProgram} export web | head -c 65536 | tar t`, {
      cwd,
      allowFailure: true,
    });
    expect(members.stdout).toMatch(/^\.\/\n/);
    const lines = await berth('logs --grep ^beg --json web');
    expect(
      lines.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { service: 'web', text: 'began' },
      { service: 'web', text: 'began' },
    ]);
    const attached = await host.berth('attach shell', { cwd, input: 'sesame\n', allowFailure: true });
    expect(attached).toMatchObject({ code: 5, stdout: 'heard sesame\n' });
    const names = await berth('ps -a --status exited --format {{.Name}}={{.ExitCode}}');
    expect(names.stdout).toBe('cp-shell-1=5\n');
  });
});
