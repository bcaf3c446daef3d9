import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cgroupVersionOf, isHybrid, parseHierarchies } from '../../src/container/cgroups.ts';
import { monitorArgv, parseReport } from '../../src/container/conmon.ts';
import { whyNotExecutable } from '../../src/container/executable.ts';
import { ExitWatcher } from '../../src/container/exits.ts';
import { overlayData } from '../../src/container/overlay.ts';
import { containerPaths } from '../../src/container/paths.ts';
import type { Runtime } from '../../src/container/runtime.ts';
import { exitCodeForStartError, startErrorFor } from '../../src/container/start-errors.ts';
import { Turnstile } from '../../src/container/turnstile.ts';
import { drained } from '../../src/host/draining.ts';
import { pathInRoot } from '../../src/host/rooted-path.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/berth-container-`);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('overlay options', () => {
  it('name the layers highest first and escape what the kernel would misread', () => {
    const { data, folder: stand } = overlayData({ layers: ['/l/a:b', '/l/c,d'], upper: '/u', work: '/w' });
    expect(data).toBe('lowerdir=/l/a\\:b:/l/c\\,d,upperdir=/u,workdir=/w,index=off,metacopy=off');
    expect(stand).toBeUndefined();
  });

  it('name many layers relative to the folder that they share', () => {
    const layers = Array.from({ length: 60 }, (_, index) => `/state/images/layers/${'x'.repeat(60)}${index}`);
    const { data, folder: stand } = overlayData({ layers, upper: '/u', work: '/w' });
    expect(stand).toBe('/state/images/layers');
    expect(data.startsWith(`lowerdir=${'x'.repeat(60)}0:${'x'.repeat(60)}1:`)).toBe(true);
  });
});

describe('cgroups', () => {
  const v1 = '33 31 0:30 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct';
  const v2 = '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw';

  it('are found in the table of mounts', () => {
    expect(parseHierarchies(`1 2 0:3 / / rw - ext4 /dev/vda rw\n${v1}\n${v2}\n`)).toEqual([
      { version: '1', mountPoint: '/sys/fs/cgroup/cpu', controllers: ['cpu', 'cpuacct'] },
      { version: '2', mountPoint: '/sys/fs/cgroup/unified', controllers: [] },
    ]);
  });

  it('are version 1 as long as one controller is', () => {
    expect(cgroupVersionOf(parseHierarchies(`${v1}\n${v2}`))).toBe('1');
    expect(cgroupVersionOf(parseHierarchies(v2))).toBe('2');
    expect(isHybrid(parseHierarchies(`${v1}\n${v2}`))).toBe(true);
    expect(isHybrid(parseHierarchies(v2))).toBe(false);
  });
});

describe('paths in a root filesystem', () => {
  it('follow links as if the root were the machine', () => {
    mkdirSync(`${folder}/usr/bin`, { recursive: true });
    symlinkSync('/usr/bin', `${folder}/bin`);
    symlinkSync('../../../../etc/passwd', `${folder}/up`);
    symlinkSync('/loop', `${folder}/loop`);
    expect(pathInRoot(folder, '/bin/../bin/sh')).toBe(`${folder}/usr/bin/sh`);
    expect(pathInRoot(folder, '/up')).toBe(`${folder}/etc/passwd`);
    expect(pathInRoot(folder, '/../../x')).toBe(`${folder}/x`);
    expect(pathInRoot(folder, '/loop')).toBe(`${folder}/loop`);
    expect(pathInRoot('/', '/nowhere/x')).toBe('/nowhere/x');
  });
});

describe('whether a program can run', () => {
  function why(program: string, part: { cwd?: string; path?: string } = {}): unknown {
    return whyNotExecutable(folder, {
      args: [program],
      env: [`PATH=${part.path ?? '/sbin:/bin'}`],
      cwd: part.cwd ?? '/',
    });
  }

  beforeEach(() => {
    mkdirSync(`${folder}/bin`);
    writeFileSync(`${folder}/bin/run`, '', { mode: 0o755 });
    writeFileSync(`${folder}/bin/text`, '', { mode: 0o644 });
    symlinkSync('/bin/run', `${folder}/link`);
  });

  it('is answered from PATH, an absolute path, or a relative one', () => {
    expect(why('run')).toBeUndefined();
    expect(why('/link')).toBeUndefined();
    expect(why('./bin/run')).toBeUndefined();
    expect(why('./run', { cwd: '/bin' })).toBeUndefined();
  });

  it('is told in the words and exit codes of Docker', () => {
    expect(why('nope')).toEqual({
      reason: 'exec: "nope": executable file not found in $PATH',
      exitCode: 127,
    });
    expect(why('text')).toMatchObject({ exitCode: 127 });
    expect(why('/nope')).toEqual({
      reason: 'exec: "/nope": stat /nope: no such file or directory',
      exitCode: 127,
    });
    expect(why('/bin/text')).toEqual({ reason: 'exec: "/bin/text": permission denied', exitCode: 126 });
    expect(why('/bin')).toEqual({ reason: 'exec: "/bin": is a directory', exitCode: 126 });
    expect(why('run', { cwd: '/gone' })).toMatchObject({ exitCode: 126 });
  });
});

describe('what a runtime says about a failure', () => {
  function codeOf(message: string): string {
    return startErrorFor({ container: 'web', program: 'x', message, command: 'conmon' }).code;
  }

  it('becomes an error of the service or of the machine', () => {
    expect(codeOf('executable file `x` not found in $PATH: No such file or directory')).toBe(
      'CONTAINER_COMMAND_NOT_FOUND',
    );
    expect(
      codeOf(
        'time="t" level=error msg="runc create failed: exec: \\"x\\": executable file not found in $PATH"',
      ),
    ).toBe('CONTAINER_COMMAND_NOT_FOUND');
    expect(codeOf('{"level":"error","msg":"exec: \\"/x\\": stat /x: no such file or directory"}')).toBe(
      'CONTAINER_COMMAND_NOT_FOUND',
    );
    expect(codeOf('open executable: Permission denied')).toBe('CONTAINER_COMMAND_NOT_EXECUTABLE');
    expect(codeOf('mount `/nope` to `/x`: No such file or directory')).toBe('CONTAINER_START_FAILED');
    expect(codeOf('')).toBe('CONTAINER_START_FAILED');
  });

  it('has the exit code that Docker gives', () => {
    expect(exitCodeForStartError('CONTAINER_COMMAND_NOT_FOUND')).toBe(127);
    expect(exitCodeForStartError('CONTAINER_COMMAND_NOT_EXECUTABLE')).toBe(126);
    expect(exitCodeForStartError('CONTAINER_START_FAILED')).toBe(128);
  });
});

describe('the monitor', () => {
  it('reports in one line', () => {
    expect(parseReport('{"data": 42}')).toEqual({ pid: 42, message: '' });
    expect(parseReport('{"pid": -1, "message": "no"}')).toEqual({ pid: -1, message: 'no' });
    expect(parseReport('rubbish')).toEqual({ pid: -1, message: 'rubbish' });
  });

  it('is told where everything goes', () => {
    const argv = monitorArgv({
      runtime: { name: 'crun', path: '/usr/bin/crun', conmonPath: '/usr/bin/conmon' } as Runtime,
      id: 'i',
      name: 'n',
      paths: containerPaths('/run/b', 'i'),
      stateRoot: '/run/b/runtime',
      exitsFolder: '/run/b/exits',
      logPath: '/l/ctr.log',
      tty: true,
      stdin: true,
      stdinOnce: false,
      logBytesMax: 5,
      errorsFd: 9,
    });
    expect(argv.join(' ')).toBe(
      '/usr/bin/conmon --api-version 1 --cid i --cuuid i --name n --bundle /run/b/containers/i/bundle --full-attach' +
        ' --runtime /usr/bin/crun --runtime-arg --root --runtime-arg /run/b/runtime --runtime-arg --cgroup-manager=cgroupfs' +
        ' --container-pidfile /run/b/containers/i/pidfile --conmon-pidfile /run/b/containers/i/conmon.pid' +
        ' --exit-dir /run/b/exits --persist-dir /run/b/containers/i --log-path k8s-file:/l/ctr.log --no-sync-log' +
        ' --log-size-max 5 --terminal --stdin --leave-stdin-open',
    );
  });
});

describe('exits', () => {
  const id = 'b'.repeat(64);

  it('are told when the file appears, and when it was there before', async () => {
    const told: [string, number][] = [];
    const watcher = new ExitWatcher({
      runRoot: folder,
      onExit: (who, { exitCode }) => told.push([who, exitCode]),
    });
    mkdirSync(`${folder}/exits`);
    writeFileSync(`${folder}/exits/${'c'.repeat(64)}`, '137');
    watcher.start();
    expect(told).toEqual([['c'.repeat(64), 137]]);
    const ended = watcher.wait(id);
    writeFileSync(`${folder}/exits/not-a-container`, '1');
    writeFileSync(`${folder}/exits/${id}`, '7');
    expect(await ended).toMatchObject({ exitCode: 7, oomKilled: false });
    watcher.scan();
    watcher.close();
    expect(told).toHaveLength(2);
    expect(await watcher.wait(id)).toMatchObject({ exitCode: 7 });
    watcher.forget(id);
    expect(watcher.exitOf(id)).toBeUndefined();
  });

  it('may be waited for until somebody has enough', async () => {
    const watcher = new ExitWatcher({ runRoot: folder, onExit: () => undefined });
    watcher.start();
    await expect(watcher.wait(id, AbortSignal.timeout(5))).rejects.toThrow('timeout');
    watcher.close();
  });
});

describe('passing output on', () => {
  it('ends with the writer although another process holds the pipe, and adds the last words', async () => {
    const source = new PassThrough();
    const { stream, over } = drained(source, { lastWords: Promise.resolve('!') });
    source.write('data');
    const text: string[] = [];
    for await (const part of stream) text.push(String(part));
    await over;
    expect(text.join('')).toBe('data!');
  });

  it('does not take a slow reader for silence', async () => {
    const source = new PassThrough();
    const { stream } = drained(source, { lastWords: Promise.resolve('') });
    source.end(Buffer.alloc(300_000));
    await new Promise((resolve) => setTimeout(resolve, 500));
    let bytes = 0;
    for await (const part of stream) bytes += (part as Buffer).length;
    expect(bytes).toBe(300_000);
  });
});

describe('the turnstile', () => {
  it('lets so many through at a time, in order, and goes on after a failure', async () => {
    const turnstile = new Turnstile(2);
    const log: string[] = [];
    const results = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((name) =>
        turnstile.pass(async () => {
          log.push(`+${name}`);
          await new Promise((resolve) => setImmediate(resolve));
          log.push(`-${name}`);
          if (name === 'a') throw new Error('a');
        }),
      ),
    );
    expect(log).toEqual(['+a', '+b', '-a', '+c', '-b', '+d', '-c', '-d']);
    expect(results.map((result) => result.status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
  });
});
