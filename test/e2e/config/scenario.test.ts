import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { repository } from '../../helpers/host.ts';

const cwd = import.meta.dirname;

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `berth --profile front config …`, which needs neither an engine nor root. */
async function config(...args: string[]): Promise<Result> {
  const argv = [`${repository}/bin/berth.js`, '--profile', 'front', 'config', ...args];
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, { cwd });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Result;
    return { code, stdout, stderr };
  }
}

describe('berth config', () => {
  it('prints the model as YAML, which gives the same when it is read again', async () => {
    const first = await config();
    expect(first.stdout).toMatch(/^name: shown\nservices:\n {2}db:\n/);
    const folder = await mkdtemp(join(tmpdir(), 'berth-config-'));
    try {
      await config('-o', `${folder}/compose.yaml`);
      expect(await readFile(`${folder}/compose.yaml`, 'utf8')).toBe(first.stdout);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('prints it as JSON', async () => {
    const model = JSON.parse((await config('--format', 'json')).stdout) as {
      services: Record<string, unknown>;
    };
    expect(model.services['web']).toMatchObject({
      image: 'busybox:1',
      environment: { FROM_FILE: 'yes', LEVEL: 'info' },
      volumes: [{ type: 'bind', source: `${cwd}/data`, target: '/data' }],
      depends_on: { db: { condition: 'service_started', required: true } },
    });
  });

  it.each([
    ['--services', 'db\nweb\n'],
    ['--networks', 'edge\nspare\n'],
    ['--volumes', 'store\n'],
    ['--models', 'ai/small\n'],
    ['--profiles', 'front\n'],
    ['--images', 'busybox:1\nshown-db\n'],
    ['--quiet', ''],
  ])('%s prints names', async (flag, text) => {
    expect(await config(flag)).toEqual({ code: 0, stdout: text, stderr: '' });
  });

  it('--variables lists what the file names, with defaults', async () => {
    const { stdout } = await config('--variables');
    expect(stdout).toMatch(/^IMAGE\b.*busybox/m);
    expect(stdout).toMatch(/^LEVEL\b.*info/m);
  });

  it('--environment prints what interpolation sees', async () => {
    expect((await config('--environment')).stdout).toContain('COMPOSE_PROJECT_NAME=shown\n');
  });

  it('--hash gives one digest for a service, and one for each with *', async () => {
    const one = (await config('--hash', 'web')).stdout;
    expect(one).toMatch(/^web [0-9a-f]{64}\n$/);
    expect((await config('--hash', '*')).stdout).toContain(one);
    expect((await config('--hash', 'nobody')).code).toBe(1);
  });

  it('--no-interpolate, --no-path-resolution and --no-env-resolution leave things as they stand', async () => {
    expect((await config('--no-interpolate')).stdout).toContain('${IMAGE:-busybox}:1');
    expect((await config('--no-path-resolution')).stdout).toContain('source: ./data');
    expect((await config('--no-env-resolution')).stdout).toContain('env_file');
    expect((await config('--no-normalize')).stdout).not.toContain('shown_edge');
  });

  it('--no-consistency lets a reference to nothing pass', async () => {
    const broken = ['-f', `${cwd}/broken.yaml`];
    const argv = (flags: string[]): string[] => [
      `${repository}/bin/berth.js`,
      ...broken,
      'config',
      '-q',
      ...flags,
    ];
    await expect(promisify(execFile)(process.execPath, argv([]), { cwd })).rejects.toMatchObject({ code: 1 });
    await promisify(execFile)(process.execPath, argv(['--no-consistency']), { cwd });
  });

  it('--explain says where a value comes from, and what it might be called', async () => {
    const { stdout } = await config('--explain', 'services.web.environment.FROM_FILE');
    expect(stdout).toContain('yes');
    expect(stdout).toContain('web.env:1');
    const { code, stderr } = await config('--explain', 'services.web.imag');
    expect(code).toBe(1);
    expect(stderr).toContain('did you mean `services.web.image`?');
  });

  it('--graph draws services, networks and ports', async () => {
    expect((await config('--graph', 'mermaid')).stdout).toMatch(/^(graph|flowchart) /);
    const dot = (await config('--graph', 'dot')).stdout;
    expect(dot).toMatch(/^digraph /);
    expect(dot).toContain('8080');
  });

  it('prints a part for the services that are named', async () => {
    const { stdout } = await config('db');
    expect(stdout).toContain('  db:');
    expect(stdout).not.toContain('  web:');
  });
});
