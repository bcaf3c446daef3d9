import { expect, test } from 'vitest';
import type { ServiceModel } from '../../src/model/compose.ts';
import { decodeDefinition } from '../../src/plan/definition.ts';
import { networkBody, volumeBody } from '../../src/stack/bodies.ts';
import { createContainerBody } from '../../src/stack/create-body.ts';
import { byteSize, durationNs } from '../../src/stack/values.ts';
import { imageId, runningContainer, shop } from '../plan/situation.ts';

function bodyOf(service: ServiceModel, others: Parameters<typeof shop>[0]['networks'] = { default: {} }) {
  const project = shop({ services: { web: service, db: {} }, networks: others });
  return createContainerBody(project, { service: 'web', number: 2, name: 'shop-web-2', imageId });
}

test('the labels are those that Docker’s tools look for', () => {
  const labels = bodyOf({
    labels: { tier: 'front' },
    depends_on: { db: { condition: 'service_healthy', required: true } },
  }).Labels;
  expect(labels).toMatchObject({
    tier: 'front',
    'com.docker.compose.project': 'shop',
    'com.docker.compose.service': 'web',
    'com.docker.compose.container-number': '2',
    'com.docker.compose.oneoff': 'False',
    'com.docker.compose.depends_on': 'db:service_healthy:false',
    'com.docker.compose.project.working_dir': '/srv/shop',
    'com.docker.compose.project.config_files': '/srv/shop/compose.yaml',
  });
  expect(decodeDefinition(labels?.['berth.definition'])).toMatchObject({ image: 'berth/host' });
});

test('an environment variable without a value takes the image’s away', () => {
  expect(bodyOf({ environment: { A: '1', EMPTY: '', GONE: null } }).Env).toEqual(['A=1', 'EMPTY=', 'GONE']);
});

test('command and entrypoint are left to the image unless they are given', () => {
  const bare = bodyOf({ command: null });
  expect('Cmd' in bare || 'Entrypoint' in bare).toBe(false);
  expect(bodyOf({ command: ['a'], entrypoint: [] })).toMatchObject({ Cmd: ['a'], Entrypoint: [] });
});

test('on every network the service name comes before its aliases, and networks keep their order', () => {
  const body = bodyOf(
    {
      networks: {
        front: { aliases: ['www'] },
        back: { ipv4_address: '172.30.0.9', mac_address: '02:00:00:00:00:01' },
      },
    },
    { front: {}, back: { name: 'real-back' } },
  );
  expect(body.HostConfig?.NetworkMode).toBe('shop_front');
  expect(Object.entries(body.NetworkingConfig?.EndpointsConfig ?? {})).toEqual([
    ['shop_front', { Aliases: ['web', 'www'] }],
    [
      'real-back',
      { Aliases: ['web'], IPAMConfig: { IPv4Address: '172.30.0.9' }, MacAddress: '02:00:00:00:00:01' },
    ],
  ]);
});

test('a network with a higher priority becomes eth0', () => {
  const body = bodyOf({ networks: { a: null, b: { priority: 10 } } }, { a: {}, b: {} });
  expect(Object.keys(body.NetworkingConfig?.EndpointsConfig ?? {})).toEqual(['shop_b', 'shop_a']);
});

test.each([
  ['none', 'none'],
  ['host', 'host'],
  ['service:db', 'container:shop-db-1'],
  ['container:other', 'container:other'],
])('network_mode %s is %s, without endpoints', (mode, wanted) => {
  const body = bodyOf({ network_mode: mode });
  expect(body.HostConfig?.NetworkMode).toBe(wanted);
  expect(body.NetworkingConfig?.EndpointsConfig).toEqual({});
});

test('ports keep host address, protocol and ranges', () => {
  const ports = [
    { target: 80, published: '8080' },
    { target: 80, published: '8000-8010', host_ip: '127.0.0.1' },
    { target: 53, protocol: 'udp' },
  ];
  const body = bodyOf({ ports, expose: ['9000-9001', '70/udp'] });
  expect(body.HostConfig?.PortBindings).toEqual({
    '80/tcp': [
      { HostIp: '', HostPort: '8080' },
      { HostIp: '127.0.0.1', HostPort: '8000-8010' },
    ],
    '53/udp': [{ HostIp: '', HostPort: '' }],
  });
  expect(Object.keys(body.ExposedPorts ?? {})).toEqual([
    '80/tcp',
    '53/udp',
    '9000/tcp',
    '9001/tcp',
    '70/udp',
  ]);
});

test('mounts of each kind', () => {
  const body = bodyOf({
    volumes: [
      { type: 'bind', source: '/srv/a', target: '/a', read_only: true },
      { type: 'bind', source: '/srv/b', target: '/b', bind: { create_host_path: false } },
      { type: 'volume', source: 'elsewhere', target: '/c' },
      { type: 'volume', target: '/d' },
      { type: 'tmpfs', target: '/e', tmpfs: { size: '1048576', mode: 0o1777 } },
    ],
    tmpfs: ['/run', '/tmp:size=1m,mode=1777'],
  });
  expect(body.HostConfig?.Mounts).toEqual([
    { Type: 'bind', Source: '/srv/a', Target: '/a', ReadOnly: true, BindOptions: { CreateMountpoint: true } },
    { Type: 'bind', Source: '/srv/b', Target: '/b', BindOptions: { CreateMountpoint: false } },
    { Type: 'volume', Source: 'shop_elsewhere', Target: '/c', VolumeOptions: {} },
    { Type: 'volume', Target: '/d', VolumeOptions: {} },
    { Type: 'tmpfs', Target: '/e', TmpfsOptions: { SizeBytes: 1_048_576, Mode: 0o1777 } },
  ]);
  expect(body.HostConfig?.Tmpfs).toEqual({ '/run': '', '/tmp': 'size=1m,mode=1777' });
});

test('anonymous volumes of the container whose place is taken go on', () => {
  const project = shop({ services: { web: { volumes: [{ type: 'volume', target: '/d' }] } } });
  const name = 'f'.repeat(64);
  const mounts = [
    { type: 'volume', name, target: '/d' },
    { type: 'volume', name: 'named', target: '/n' },
  ];
  const replaces = { ...runningContainer(project, { service: 'web', number: 1 }), mounts };
  const wanted = { service: 'web', number: 1, name: 'x', imageId };
  expect(createContainerBody(project, { ...wanted, replaces }).HostConfig?.Mounts).toEqual([
    { Type: 'volume', Source: name, Target: '/d' },
  ]);
});

test('health checks go in nanoseconds', () => {
  const healthcheck = { test: ['CMD', 'true'], interval: '1m30s', timeout: '500ms', retries: 4 };
  expect(bodyOf({ healthcheck }).Healthcheck).toEqual({
    Test: ['CMD', 'true'],
    Interval: 90e9,
    Timeout: 5e8,
    Retries: 4,
  });
  expect(bodyOf({ healthcheck: { disable: true } }).Healthcheck).toEqual({ Test: ['NONE'] });
});

test.each([
  [undefined, { Name: 'no', MaximumRetryCount: 0 }],
  ['on-failure:3', { Name: 'on-failure', MaximumRetryCount: 3 }],
  ['unless-stopped', { Name: 'unless-stopped', MaximumRetryCount: 0 }],
])('restart %s', (restart, wanted) => {
  expect(bodyOf(restart === undefined ? {} : { restart }).HostConfig?.RestartPolicy).toEqual(wanted);
});

test('hosts are given as name:address, whatever the separator', () => {
  expect(bodyOf({ extra_hosts: ['a=10.0.0.1', 'b:::1'] }).HostConfig?.ExtraHosts).toEqual([
    'a:10.0.0.1',
    'b:::1',
  ]);
});

test('limits are in the units of the API, from both places where they are written', () => {
  const deploy = { resources: { limits: { cpus: '0.5', memory: '52428800', pids: 9 } } };
  expect(bodyOf({ deploy, mem_reservation: '1m', stop_grace_period: '1500ms' })).toMatchObject({
    StopTimeout: 2,
    HostConfig: { NanoCpus: 5e8, Memory: 52_428_800, PidsLimit: 9, MemoryReservation: 1_048_576 },
  });
});

test('a network as the API wants it', () => {
  const project = shop({
    services: {},
    networks: {
      lab: { internal: true, ipam: { config: [{ subnet: '172.30.0.0/24', gateway: '172.30.0.1' }] } },
    },
  });
  expect(networkBody(project, 'lab')).toMatchObject({
    Name: 'shop_lab',
    Driver: 'bridge',
    Internal: true,
    IPAM: { Driver: 'default', Config: [{ Subnet: '172.30.0.0/24', Gateway: '172.30.0.1' }] },
    Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.network': 'lab' },
  });
});

test('a volume as the API wants it', () => {
  const project = shop({ services: {}, volumes: { data: { driver_opts: { type: 'tmpfs' } } } });
  expect(volumeBody(project, 'data')).toMatchObject({
    Name: 'shop_data',
    Driver: 'local',
    DriverOpts: { type: 'tmpfs' },
  });
});

test('durations and sizes', () => {
  expect([durationNs('1h0m1s'), durationNs('20ms'), durationNs('')]).toEqual([3601e9, 2e7, undefined]);
  expect([byteSize('50m'), byteSize('1.5gb'), byteSize('-1'), byteSize('x')]).toEqual([
    52_428_800,
    1_610_612_736,
    -1,
    undefined,
  ]);
});
