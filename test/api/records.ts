import { createHash } from 'node:crypto';
import { BodyReader } from '../../src/api/mapping/body-reader.ts';
import { containerSpec } from '../../src/api/mapping/create-body.ts';
import type { ContainerRecord, ContainerSpec } from '../../src/model/container.ts';
import type { ImageRecord } from '../../src/model/image.ts';
import type { EndpointRecord, NetworkRecord, NetworkSpec } from '../../src/model/network.ts';

/** Records as an engine would keep them, for tests: everything has a value, ids come from names. */

export function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

export function specOf(body: object, name = 'web'): ContainerSpec {
  return containerSpec(name, new BodyReader({ Image: 'berth/host', ...body }, ''));
}

export function containerRecord(name: string, change: Partial<ContainerRecord> = {}): ContainerRecord {
  const spec = change.spec ?? specOf({}, name);
  return {
    id: idOf(name),
    spec,
    imageId: imageRecord('berth/host:latest').id,
    process: {
      argv: ['sleep', '1d'],
      env: spec.env,
      workingDir: '/',
      user: '',
      stopSignal: '',
      exposedPorts: spec.exposedPorts,
      volumes: [],
      labels: spec.labels,
      entrypoint: [],
      command: ['sleep', '1d'],
    },
    endpoints: [],
    mounts: [],
    publishedPorts: [],
    created: '2026-01-01T00:00:00.000000000Z',
    state: {
      status: 'created',
      pid: 0,
      exitCode: 0,
      error: '',
      oomKilled: false,
      startedAt: '0001-01-01T00:00:00Z',
      finishedAt: '0001-01-01T00:00:00Z',
      restartCount: 0,
      stoppedByUser: false,
    },
    ...change,
  };
}

export function runningContainer(name: string, change: Partial<ContainerRecord> = {}): ContainerRecord {
  const record = containerRecord(name, change);
  const startedAt = new Date(Date.now() - 3 * 60_000).toISOString();
  return { ...record, state: { ...record.state, status: 'running', pid: 4242, startedAt } };
}

export function endpointRecord(network: NetworkRecord, lastByte: number): EndpointRecord {
  return {
    id: idOf(`endpoint ${network.spec.name} ${String(lastByte)}`),
    networkId: network.id,
    networkName: network.spec.name,
    settings: { aliases: ['web'] },
    interfaceName: 'eth0',
    hostInterface: 'veth1234567',
    macAddress: `02:42:ac:12:00:${lastByte.toString(16).padStart(2, '0')}`,
    ipv4Address: `172.18.0.${String(lastByte)}`,
    ipv4PrefixLength: 16,
    ipv4Gateway: '172.18.0.1',
    ipv6Address: '',
    ipv6PrefixLength: 0,
    ipv6Gateway: '',
  };
}

export function networkRecord(name: string, change: Partial<NetworkSpec> = {}): NetworkRecord {
  const bridged = (change.driver ?? 'bridge') === 'bridge';
  return {
    id: idOf(`network ${name}`),
    spec: {
      name,
      driver: 'bridge',
      internal: false,
      attachable: false,
      enableIPv4: true,
      enableIPv6: false,
      ipam: [],
      options: {},
      labels: {},
      ...change,
    },
    bridge: bridged ? `br-${idOf(`network ${name}`).slice(0, 12)}` : '',
    pools: bridged ? [{ subnet: '172.18.0.0/16', gateway: '172.18.0.1' }] : [],
    created: '2026-01-01T00:00:00.000000000Z',
    userSubnet: false,
    state: 'ready',
  };
}

export function imageRecord(reference: string): ImageRecord {
  return {
    id: `sha256:${idOf(reference)}`,
    references: [reference],
    repoDigests: [],
    created: '2026-01-01T00:00:00.000000000Z',
    architecture: 'amd64',
    os: 'linux',
    author: '',
    sizeBytes: 1000,
    config: {
      user: '',
      env: ['PATH=/bin'],
      entrypoint: [],
      command: ['sh'],
      workingDir: '',
      labels: {},
      exposedPorts: [],
      volumes: [],
      stopSignal: '',
    },
    diffIds: [],
    hostRootfs: reference.startsWith('berth/host'),
    history: [{ created: '2026-01-01T00:00:00Z', createdBy: 'berth', empty: false, comment: '' }],
  };
}
