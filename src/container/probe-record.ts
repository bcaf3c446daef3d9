import type { ContainerRecord, ContainerSpec } from '../model/container.ts';

const NEVER = '0001-01-01T00:00:00Z';

/** A container that asks for nothing but to run a program: what tries out a runtime. */
export function plainRecord(request: {
  readonly id: string;
  readonly name: string;
  readonly argv: readonly string[];
}): ContainerRecord {
  const { id, name, argv } = request;
  return {
    id,
    imageId: '',
    process: {
      argv,
      env: [],
      workingDir: '/',
      user: '',
      stopSignal: 'SIGTERM',
      exposedPorts: [],
      volumes: [],
      labels: {},
      entrypoint: [],
      command: argv,
    },
    endpoints: [],
    mounts: [],
    publishedPorts: [],
    created: NEVER,
    state: {
      status: 'created',
      pid: 0,
      exitCode: 0,
      error: '',
      oomKilled: false,
      startedAt: NEVER,
      finishedAt: NEVER,
      restartCount: 0,
      stoppedByUser: false,
    },
    spec: plainSpec(name, id),
  };
}

function plainSpec(name: string, id: string): ContainerSpec {
  return {
    name,
    image: 'berth/host',
    env: [],
    workingDir: '',
    user: '',
    hostname: id.slice(0, 12),
    domainname: '',
    labels: {},
    annotations: {},
    exposedPorts: [],
    tty: false,
    openStdin: false,
    stdinOnce: false,
    attachStdin: false,
    attachStdout: false,
    attachStderr: false,
    stopSignal: '',
    restartPolicy: { name: 'no', maximumRetryCount: 0 },
    autoRemove: false,
    networkMode: 'none',
    endpoints: [],
    ports: [],
    publishAllPorts: false,
    mounts: [],
    anonymousVolumes: [],
    volumesFrom: [],
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    extraHosts: [],
    links: [],
    logDriver: 'json-file',
    logOptions: {},
    runtime: '',
    resources: {},
    security: {
      privileged: false,
      readOnlyRootfs: false,
      capAdd: [],
      capDrop: [],
      securityOpt: [],
      groupAdd: [],
      ipcMode: '',
      pidMode: '',
      utsMode: '',
      usernsMode: '',
      cgroupnsMode: '',
      cgroupParent: '',
      sysctls: {},
      oomScoreAdj: 0,
      shmSizeBytes: 0,
      init: false,
    },
  };
}
