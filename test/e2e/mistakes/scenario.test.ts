import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  privateHost,
  repository,
  type PrivateHost,
  type RunResult,
  type Snapshot,
} from '../../helpers/host.ts';

/** A mistake that the compose file shows: what is written, and what has to be said about it. */
interface FileMistake {
  readonly title: string;
  readonly file: string;
  readonly code: string;
  readonly at: string;
  readonly says: RegExp;
}

const inFile: readonly FileMistake[] = [
  {
    title: 'broken YAML',
    file: 'services:\n  web:\n    image: "berth/host\n',
    code: 'COMPOSE_YAML',
    at: '3:12',
    says: /quote/,
  },
  {
    title: 'a value of the wrong type',
    file: 'services:\n  web:\n    image: berth/host\n    ports: 8080\n',
    code: 'COMPOSE_TYPE',
    at: '4:12',
    says: /ports.*(list|array)/,
  },
  {
    title: 'an unknown key',
    file: 'services:\n  web:\n    image: berth/host\n    prots: ["80:80"]\n',
    code: 'COMPOSE_UNKNOWN_KEY',
    at: '4:5',
    says: /prots[\s\S]*ports/,
  },
  {
    title: 'a network that is not defined',
    file: 'services:\n  web:\n    image: berth/host\n    networks: [front]\n',
    code: 'COMPOSE_UNDEFINED',
    at: '4:16',
    says: /refers to undefined network front/,
  },
  {
    title: 'a cycle of dependencies',
    file: 'services:\n  a:\n    image: berth/host\n    depends_on: [b]\n  b:\n    image: berth/host\n    depends_on: [a]\n',
    code: 'COMPOSE_DEPENDENCY_CYCLE',
    at: '7:18',
    says: /a -> b -> a/,
  },
];

describe('a mistake', () => {
  let host: PrivateHost;
  let before: Snapshot;

  beforeAll(async () => {
    host = await privateHost();
    before = await host.snapshot();
  });

  /** An engine that a former mistake started may be about to leave. */
  beforeEach(() => host.expectClean(before));

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  /** Brings a file up that can't come up, and sees that nothing of it is left. */
  async function failingUp(file: string, env: Record<string, string> = {}): Promise<RunResult> {
    await writeFile(`${host.folder}/compose.yaml`, `name: wrong\n${file}`);
    const result = await host.berth('up -d', { env, allowFailure: true });
    expect(result.code, result.stderr).not.toBe(0);
    return result;
  }

  for (const mistake of inFile)
    it(`of this kind ends with exit code 2 and its place: ${mistake.title}`, async () => {
      const { code, stdout, stderr } = await failingUp(mistake.file);
      const [line, column] = mistake.at.split(':').map(Number);
      expect(stderr).toContain(`compose.yaml:${String(Number(line) + 1)}:${String(column)}: `);
      expect(stderr).toContain(`[${mistake.code}]`);
      expect(stderr).toMatch(mistake.says);
      expect(stderr).toMatch(/^ +fix: /m);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      await host.expectClean(before);
    });

  it('of several is told with all its places at once', async () => {
    const { stderr } = await failingUp(
      'services:\n  web:\n    image: berth/host\n    prots: []\n    scale: two\n',
    );
    expect(stderr).toContain('compose.yaml:5:5: ');
    expect(stderr).toContain('compose.yaml:6:12: ');
  });

  const sleeper = '    image: berth/host\n    command: [sleep, infinity]\n    stop_signal: SIGKILL\n';

  it('about an image that is not here says how to bring it in', async () => {
    const { code, stderr } = await failingUp(
      'services:\n  web:\n    image: nowhere/nothing:1\n    pull_policy: never\n',
    );
    expect(stderr).toContain('nowhere/nothing:1');
    expect(stderr).toMatch(/\[IMAGE_(MISSING|NOT_FOUND)\]/);
    expect(stderr).toContain('compose.yaml:4:12');
    expect(stderr).toContain('berth image load');
    expect(code).toBe(3);
    await host.expectClean(before);
  });

  it('about a subnet that the machine already uses names what uses it', async () => {
    await host.run(
      'ip link add office type bridge; echo 1 > /proc/sys/net/ipv6/conf/office/disable_ipv6; ip address add 10.99.0.1/24 dev office; ip link set office up',
    );
    const busy = await host.snapshot();
    const { code, stderr } = await failingUp(
      `services:\n  web:\n${sleeper}networks:\n  default:\n    ipam:\n      config:\n        - subnet: 10.99.0.0/16\n`,
    );
    expect(stderr).toMatch(/\[SUBNET_OVERLAP\]/);
    expect(stderr).toMatch(/10\.99\.0\.0\/16[\s\S]*(office|10\.99\.0\.0\/24)/);
    expect(code).toBe(3);
    await host.expectClean(busy);
    await host.run('ip link del office');
  });

  it('about a port that is taken names the holder', async () => {
    await using holder = host.start(['socat', 'TCP-LISTEN:8066,fork', 'SYSTEM:true']);
    await host.run('until ss -ltn | grep -q :8066; do :; done');
    const busy = await host.snapshot();
    const { code, stderr } = await failingUp(`services:\n  web:\n${sleeper}    ports: ["8066:80"]\n`);
    expect(stderr).toMatch(/8066.*socat.*\(pid \d+.*\[PORT_TAKEN\]/s);
    expect(code).toBe(3);
    await host.expectClean(busy);
    expect(holder.stderr()).toBe('');
  });

  it('of a machine without a runtime says what to install', async () => {
    await using bare = await privateHost();
    await bare.run(`
      mkdir -p /run/cover/upper /run/cover/work
      mount -t overlay -o lowerdir=/usr/bin,upperdir=/run/cover/upper,workdir=/run/cover/work overlay /usr/bin
      rm -f /usr/bin/crun /usr/bin/runc
      mkdir -p /run/cover2/upper /run/cover2/work
      mount -t overlay -o lowerdir=/usr/sbin,upperdir=/run/cover2/upper,workdir=/run/cover2/work overlay /usr/sbin
      rm -f /usr/sbin/crun /usr/sbin/runc`);
    const was = await bare.snapshot();
    await writeFile(`${bare.folder}/compose.yaml`, `name: wrong\nservices:\n  web:\n${sleeper}`);
    const { code, stderr } = await bare.berth('up -d', { allowFailure: true });
    expect(stderr).toContain('[RUNTIME_MISSING]');
    expect(stderr).toMatch(/apt-get install .*crun/);
    expect(code).toBe(3);
    await bare.expectClean(was);
  });

  it('of a user who is not root is told at once', async () => {
    await host.run(`mkdir -p /run/src && mount --bind ${repository} /run/src && chmod 755 ${host.folder}`);
    await writeFile(`${host.folder}/compose.yaml`, `name: wrong\nservices:\n  web:\n${sleeper}`);
    const was = await host.snapshot();
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const argv = [...asNobody, 'node', '/run/src/bin/berth.js', 'up', '-d'];
    const env = { BERTH_ROOT: `${host.folder}/theirs`, BERTH_RUN_ROOT: '/run/theirs' };
    const { code, stderr } = await host.run(argv, { allowFailure: true, env });
    expect(stderr).toContain('[NEED_ROOT]');
    expect(stderr).toContain('sudo');
    expect(code).toBe(3);
    await host.expectClean(was);
    await host.run('umount /run/src');
  });

  it('on the command line shows the usage of that command', async () => {
    const { code, stderr } = await host.berth('up --detatch', { allowFailure: true });
    expect(stderr).toMatch(/unknown option '--detatch'/);
    expect(stderr).toContain('--detach');
    expect(code).toBe(1);
    await host.expectClean(before);
  });

  it('of a service that never gets healthy shows its probe and its log, and leaves it to look at', async () => {
    const file = `services:
  db:
    image: berth/host
    command: [bash, -c, "echo 'FATAL: no role'; exec sleep infinity"]
    stop_signal: SIGKILL
    healthcheck: { test: [CMD-SHELL, "echo no response; exit 2"], interval: 100ms, retries: 2 }
  api:
${sleeper}    depends_on: { db: { condition: service_healthy } }
`;
    const { code, stderr } = await failingUp(file);
    expect(stderr).toContain('[SERVICE_UNHEALTHY]');
    expect(stderr).toMatch(/no response/);
    expect(stderr).toMatch(/FATAL: no role/);
    expect(code).toBe(4);
    expect((await host.berth('ps')).stdout).toMatch(/wrong-db-1 .*running/);
    await host.berth('down');
    await host.expectClean(before);
  });
});
