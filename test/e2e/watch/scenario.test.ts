import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { privateHost } from '../../helpers/host.ts';
import { eventually, example, page } from '../../helpers/scenario.ts';

const compose = `
name: wt
services:
  web:
    image: berth/host
    command: ["sh", "-c", "echo began; exec sleep infinity"]
    init: true
    scale: 2
    user: "1234:1234"
    working_dir: /app
    tmpfs: ["/memory:mode=0777"]
    develop:
      watch:
        - { path: ./src, action: sync, target: /app/src, initial_sync: true, ignore: ["*.tmp"] }
        - { path: ./memory, action: sync, target: /memory/in }
        - { path: ./conf, action: sync+restart, target: /app/conf }
        - { path: ./word, action: sync+exec, target: /app/word, exec: { command: ["cat", "/app/word"] } }
`;

describe('berth watch', () => {
  it('brings edits into every replica, without a tool in the image, and again into new ones', async () => {
    await using host = await privateHost();
    const cwd = host.folder;
    const put = (path: string, text: string) => {
      mkdirSync(`${cwd}/${path}`.replace(/\/[^/]*$/, ''), { recursive: true });
      writeFileSync(`${cwd}/${path}`, text, { mode: 0o755 });
    };
    const inside = (index: number, command: string) =>
      host.berth(['exec', '-T', '--index', String(index), 'web', 'sh', '-c', command], { cwd });
    put('compose.yaml', compose);
    put('src/a', 'one');
    await using watch = host.startBerth('watch', { cwd });
    await watch.saw('initial sync web');
    put('src/deep/b', 'two');
    put('src/c.tmp', 'no');
    put('memory', 'volatile');
    symlinkSync('a', `${cwd}/src/link`);
    const facts = 'cd /app/src; cat a deep/b link; stat -c %a deep/b; ls; cat /memory/in';
    const expected = 'onetwoone755\na\ndeep\nlink\nvolatile';
    for (const index of [1, 2])
      await eventually(async () => expect((await inside(index, facts)).stdout).toBe(expected));
    renameSync(`${cwd}/src/deep`, `${cwd}/src/deeper`);
    rmSync(`${cwd}/src/link`);
    await eventually(async () =>
      expect((await inside(2, 'cd /app/src; find *')).stdout).toBe('a\ndeeper\ndeeper/b\n'),
    );
    put('conf/c.yml', 'x');
    await watch.saw(/restart web +conf\/c.yml/);
    put('word', 'the word\n');
    await watch.saw(/web +\| the word/);
    await host.berth('up -d --force-recreate', { cwd });
    await watch.saw(/put into wt-web-2, which is new/);
    expect(
      (await inside(2, 'find /app/src /app/conf -type f')).stdout.split('\n').sort().join(' ').trim(),
    ).toBe('/app/conf/c.yml /app/src/a /app/src/deeper/b');
    await watch.signal('INT');
    expect((await watch.ended).code).toBe(130);
    expect((await host.berth('ps -q', { cwd })).stdout.split('\n')).toHaveLength(3);
  });

  it('follows the example', async () => {
    await using host = await privateHost();
    const cwd = `${host.folder}/watch`;
    cpSync(example('watch'), cwd, { recursive: true });
    await using up = host.startBerth('up --watch', { cwd, env: { NODE: process.execPath } });
    await up.saw('initial sync web');
    const shows = (text: string) =>
      eventually(async () => expect(await page(host, 'http://localhost:8081')).toContain(text));
    await shows('<h1>');
    writeFileSync(`${cwd}/web/words.txt`, 'good night');
    await up.saw('words read again');
    writeFileSync(`${cwd}/web/settings.json`, '{ "title": "Bye" }');
    await shows('<h1>Bye</h1>');
    await shows('<p>good night</p>');
    await up.signal('INT');
    expect((await up.ended).code).toBe(130);
    expect((await host.berth('ps -q', { cwd })).stdout).toBe('');
  });
});
