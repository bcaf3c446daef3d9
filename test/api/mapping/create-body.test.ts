import { expect, test } from 'vitest';
import { hostConfigBody } from '../../../src/api/mapping/host-config.ts';
import { specOf } from '../records.ts';

test('a body of the docker CLI, with its many empty values, is accepted', () => {
  const HostConfig = {
    Binds: null,
    ContainerIDFile: '',
    LogConfig: { Type: '', Config: {} },
    NetworkMode: 'default',
    PortBindings: {},
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    ConsoleSize: [0, 0],
    CapAdd: null,
    Dns: [],
    IpcMode: '',
    Isolation: '',
    Memory: 0,
    MemorySwappiness: -1,
    OomKillDisable: false,
    PidsLimit: 0,
    BlkioWeightDevice: [],
    BlkioDeviceReadBps: [],
    DeviceRequests: null,
    StorageOpt: null,
    MaskedPaths: null,
    ReadonlyPaths: null,
  };
  const spec = specOf({ Cmd: ['true'], Entrypoint: null, Env: [], Volumes: {}, HostConfig });
  expect(spec).toMatchObject({
    command: ['true'],
    networkMode: 'default',
    endpoints: [{ network: 'bridge', settings: { aliases: [] } }],
    restartPolicy: { name: 'no', maximumRetryCount: 0 },
    resources: {},
    logDriver: 'json-file',
  });
  expect(spec).not.toHaveProperty('entrypoint');
});

test.each([
  ['StorageOpt', { size: '1G' }],
  ['CpuRealtimeRuntime', 1000],
  ['Isolation', 'hyperv'],
  ['SomethingNew', true],
])('HostConfig.%s is refused by name', (name, value) => {
  expect(() => specOf({ HostConfig: { [name]: value } })).toThrow(
    expect.objectContaining({ status: 501, message: `HostConfig.${name} is not supported by Berth` }),
  );
});

test('names of fields are read without regard to case', () => {
  expect(specOf({ cmd: ['a'], hostconfig: { capadd: ['NET_ADMIN'] } })).toMatchObject({
    command: ['a'],
    security: { capAdd: ['NET_ADMIN'] },
  });
});

test("a command may be a text, an empty entrypoint means none, an empty command the image's", () => {
  expect(specOf({ Cmd: 'ls', Entrypoint: [''] })).toMatchObject({ command: ['ls'], entrypoint: [] });
  expect(specOf({ Entrypoint: [] })).toMatchObject({ entrypoint: [] });
  expect(specOf({ Cmd: [] })).not.toHaveProperty('command');
});

test('ports: any, one, a range, an address, a number instead of a text', () => {
  const PortBindings = {
    '80/tcp': [{ HostPort: '' }, { HostIp: '127.0.0.1', HostPort: '8080' }],
    '53/udp': [{ HostPort: '5300-5310' }],
    '90': [{ HostPort: 9090 }],
    '91/tcp': null,
  };
  const tcp = { protocol: 'tcp', hostIp: '' };
  expect(specOf({ HostConfig: { PortBindings } }).ports).toEqual([
    { containerPort: 90, ...tcp, hostPort: 9090, hostPortEnd: 9090 },
    { containerPort: 80, ...tcp, hostPort: 0, hostPortEnd: 0 },
    { containerPort: 80, ...tcp, hostIp: '127.0.0.1', hostPort: 8080, hostPortEnd: 8080 },
    { containerPort: 53, protocol: 'udp', hostIp: '', hostPort: 5300, hostPortEnd: 5310 },
  ]);
});

test.each(['0/tcp', '80/foo', '70000/tcp', 'x'])('port %s is refused', (port) => {
  expect(() => specOf({ HostConfig: { PortBindings: { [port]: [{}] } } })).toThrow(
    `invalid port specification: "${port}"`,
  );
});

test('mounts of all three forms', () => {
  const HostConfig = {
    Binds: ['/srv:/srv', '/etc:/host/:ro,rslave', 'data:/data:nocopy', '/anonymous'],
    Mounts: [
      { Type: 'bind', Source: '/a', Target: '/b', ReadOnly: true, BindOptions: { CreateMountpoint: true } },
      { Type: 'volume', Source: 'v', Target: '/v', VolumeOptions: { Subpath: 'sub', Labels: { a: 'b' } } },
      { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1000, Mode: 0o1777 } },
    ],
    Tmpfs: { '/run': 'rw,size=64m' },
  };
  expect(specOf({ HostConfig }).mounts).toEqual([
    { type: 'bind', source: '/srv', target: '/srv', readOnly: false, shortMode: '', createHostPath: true },
    {
      type: 'bind',
      source: '/etc',
      target: '/host',
      readOnly: true,
      shortMode: 'ro,rslave',
      createHostPath: true,
      propagation: 'rslave',
    },
    { type: 'volume', source: 'data', target: '/data', readOnly: false, shortMode: 'nocopy', noCopy: true },
    { type: 'volume', source: '', target: '/anonymous', readOnly: false, shortMode: '' },
    { type: 'bind', source: '/a', target: '/b', readOnly: true, createHostPath: true },
    { type: 'volume', source: 'v', target: '/v', readOnly: false, subpath: 'sub', volumeLabels: { a: 'b' } },
    { type: 'tmpfs', source: '', target: '/t', readOnly: false, tmpfsSizeBytes: 1000, tmpfsMode: 0o1777 },
    { type: 'tmpfs', source: '', target: '/run', readOnly: false, tmpfsOptions: 'rw,size=64m' },
  ]);
});

test.each([
  [{ Binds: ['a:b'] }, "invalid volume specification: 'a:b': mount path must be absolute"],
  [{ Binds: ['a:/'] }, "destination can't be '/'"],
  [{ Binds: ['../a:/b'] }, 'includes invalid characters for a local volume name'],
  [{ Binds: ['/a:/b:rx'] }, 'invalid mode: rx'],
  [{ Binds: ['/a:/b', '/c:/b'] }, 'Duplicate mount point: /b'],
  [{ Mounts: [{ Type: 'bind', Target: '/b' }] }, 'field Source must not be empty'],
  [
    { Mounts: [{ Type: 'cluster', Source: 'x', Target: '/b' }] },
    'a mount of type "cluster" is not supported',
  ],
  [{ RestartPolicy: { Name: 'never' } }, "unknown policy 'never'"],
  [{ RestartPolicy: { Name: 'always' }, AutoRemove: true }, "can't create 'AutoRemove' container"],
  [{ Memory: 1000 }, 'Minimum memory limit allowed is 6MB'],
  [{ LogConfig: { Type: 'syslog' } }, "no log driver named 'syslog'"],
  [{ Runtime: 'kata' }, 'unknown or invalid runtime name: kata'],
])('%o is refused', (HostConfig, message) => {
  expect(() => specOf({ HostConfig })).toThrow(message);
});

test('the network of the mode comes first, the others in the order of the body', () => {
  const EndpointsConfig = {
    b: {},
    a: { Aliases: ['x'], IPAMConfig: { IPv4Address: '10.0.0.5' }, MacAddress: '02:42:0a:00:00:05' },
    c: null,
  };
  const { endpoints } = specOf({ HostConfig: { NetworkMode: 'a' }, NetworkingConfig: { EndpointsConfig } });
  expect(endpoints.map(({ network }) => network)).toEqual(['a', 'b', 'c']);
  expect(endpoints[0]?.settings).toEqual({
    aliases: ['x'],
    ipv4Address: '10.0.0.5',
    macAddress: '02:42:0a:00:00:05',
  });
});

test.each([
  ['host', []],
  ['none', []],
  ['container:db', []],
  ['bridge', ['bridge']],
  ['front', ['front']],
])('network mode %s without endpoints attaches to %o', (NetworkMode, expected) => {
  const { endpoints, networkMode } = specOf({ HostConfig: { NetworkMode } });
  expect(networkMode).toBe(NetworkMode);
  expect(endpoints.map(({ network }) => network)).toEqual(expected);
});

test.each([
  [{ PortBindings: { '80/tcp': [{}] } }, {}, 'port publishing and the container type network mode'],
  [{}, { Hostname: 'x' }, 'hostname and the network mode'],
  [{ Dns: ['1.1.1.1'] }, {}, 'dns and the network mode'],
])('a joined namespace excludes %o %o', (hostConfig, body, message) => {
  const HostConfig = { NetworkMode: 'container:db', ...hostConfig };
  expect(() => specOf({ ...body, HostConfig })).toThrow(`conflicting options: ${message}`);
});

test('limits, security, health, stop and labels arrive', () => {
  const spec = specOf({
    Labels: { a: 'b' },
    StopSignal: 'SIGINT',
    StopTimeout: 0,
    Healthcheck: { Test: ['CMD', 'true'], Interval: 1_000_000_000, Retries: 3 },
    HostConfig: {
      Memory: 64 << 20,
      NanoCpus: 5e8,
      Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }],
      Privileged: true,
    },
  });
  expect(spec).toMatchObject({
    labels: { a: 'b' },
    stopSignal: 'SIGINT',
    stopTimeoutSeconds: 0,
    healthcheck: { test: ['CMD', 'true'], interval: 1_000_000_000, retries: 3, timeout: 0 },
    resources: { memory: 64 << 20, nanoCpus: 5e8, ulimits: [{ name: 'nofile', soft: 1, hard: 2 }] },
    security: { privileged: true, shmSizeBytes: 64 << 20 },
  });
});

test('inspect shows a HostConfig that creates the same again', () => {
  const HostConfig = {
    Binds: ['/srv:/srv:ro', 'data:/data:rw'],
    Mounts: [{ Type: 'bind', Source: '/a', Target: '/b' }],
    Tmpfs: { '/run': 'rw' },
    NetworkMode: 'front',
    PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080-8090' }] },
    RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
    CapAdd: ['NET_ADMIN'],
    Memory: 64 << 20,
    Sysctls: { 'net.core.somaxconn': '1024' },
  };
  const spec = specOf({ HostConfig });
  const again = specOf({ HostConfig: hostConfigBody(spec, { cgroupVersion: '1' }) });
  const { maskedPaths, readonlyPaths, ...security } = again.security;
  expect(maskedPaths).toContain('/proc/kcore');
  expect(readonlyPaths).toContain('/proc/sys');
  expect({ ...again, security: { ...security, ipcMode: '', cgroupnsMode: '' }, runtime: '' }).toEqual({
    ...spec,
    resources: { ...spec.resources, memorySwap: 128 << 20 },
    mounts: expect.arrayContaining([...spec.mounts]) as unknown,
  });
  expect(again.mounts).toHaveLength(spec.mounts.length);
});

test('a request for GPUs is refused as Docker does it where no driver for them is installed', () => {
  const DeviceRequests = [{ Driver: '', Count: -1, Capabilities: [['gpu', 'compute']] }];
  const body = { Image: 'a', HostConfig: { DeviceRequests } };
  expect(() => specOf(body)).toThrow('could not select device driver "" with capabilities: [[gpu compute]]');
});

test('paths to mask and limits of disks are taken', () => {
  const HostConfig = { MaskedPaths: [], BlkioDeviceReadBps: [{ Path: '/dev/sda', Rate: 9 }] };
  const { security, resources } = specOf({ Image: 'a', HostConfig });
  expect(security.maskedPaths).toEqual([]);
  expect(resources.blkioThrottles).toEqual([{ kind: 'ReadBps', path: '/dev/sda', rate: 9 }]);
});
