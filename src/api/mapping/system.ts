import { arch, cpus, hostname, release, totalmem } from 'node:os';
import type Docker from 'dockerode';
import type { EngineApi, EngineInfo } from '../../engine/engine-api.ts';
import { osName } from '../../host/os-name.ts';
import { API_VERSION, MIN_API_VERSION } from '../version-prefix.ts';

/** `GET /version`. `BuildTime` is a text on the wire. */
export type VersionBody = Omit<Docker.DockerVersion, 'BuildTime' | 'Components'> & {
  readonly BuildTime: string;
  readonly Components: readonly { Name: string; Version: string; Details: Record<string, string> }[];
};

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', arm64: 'arm64' };
const MACHINES: Readonly<Record<string, string>> = { x64: 'x86_64', ia32: 'i686', arm64: 'aarch64' };

export function engineVersion(info: EngineInfo): VersionBody {
  const Arch = ARCHITECTURES[arch()] ?? arch();
  return {
    Platform: { Name: 'Berth' },
    Components: [
      {
        Name: 'Engine',
        Version: info.version,
        Details: {
          ApiVersion: API_VERSION,
          Arch,
          Experimental: 'false',
          KernelVersion: release(),
          MinAPIVersion: MIN_API_VERSION,
          Os: 'linux',
        },
      },
      { Name: info.runtime, Version: '', Details: {} },
    ],
    Version: info.version,
    ApiVersion: API_VERSION,
    MinAPIVersion: MIN_API_VERSION,
    GitCommit: '',
    GoVersion: '',
    Os: 'linux',
    Arch,
    KernelVersion: release(),
    BuildTime: '',
  };
}

/** `GET /info`. */
export function engineInfo(engine: EngineApi): Record<string, unknown> {
  return { ...identity(engine.info), ...counts(engine), ...machine(), ...abilities(engine.info) };
}

function identity(info: EngineInfo): Record<string, unknown> {
  return {
    ID: info.id,
    Name: hostname(),
    ServerVersion: info.version,
    DockerRootDir: info.root,
    Driver: 'overlay2',
    DriverStatus: [],
    LoggingDriver: 'json-file',
    CgroupDriver: 'cgroupfs',
    CgroupVersion: info.cgroupVersion,
    DefaultRuntime: info.runtime,
    Runtimes: { [info.runtime]: { path: info.runtime } },
    InitBinary: '',
    Labels: [],
    Warnings: [],
    ExperimentalBuild: false,
    LiveRestoreEnabled: true,
    SystemTime: new Date().toISOString(),
  };
}

function counts(engine: EngineApi): Record<string, number> {
  const statuses = engine.listContainers().map(({ state }) => state.status);
  const running = statuses.filter((status) => status === 'running' || status === 'restarting').length;
  const paused = statuses.filter((status) => status === 'paused').length;
  return {
    Containers: statuses.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: statuses.length - running - paused,
    Images: engine.listImages().length,
    NEventsListener: 0,
    NFd: 0,
    NGoroutines: 0,
  };
}

function machine(): Record<string, unknown> {
  return {
    KernelVersion: release(),
    OperatingSystem: osName().pretty,
    OSVersion: osName().version,
    OSType: 'linux',
    Architecture: MACHINES[arch()] ?? arch(),
    NCPU: cpus().length,
    MemTotal: totalmem(),
    HttpProxy: '',
    HttpsProxy: '',
    NoProxy: '',
  };
}

function abilities(info: EngineInfo): Record<string, unknown> {
  return {
    MemoryLimit: true,
    SwapLimit: true,
    CpuCfsPeriod: true,
    CpuCfsQuota: true,
    CPUShares: true,
    CPUSet: true,
    PidsLimit: true,
    OomKillDisable: info.cgroupVersion === '1',
    IPv4Forwarding: true,
    BridgeNfIptables: false,
    BridgeNfIp6tables: false,
    Debug: false,
    Isolation: '',
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'null'],
      Authorization: [],
      Log: ['json-file'],
    },
    Swarm: {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      Error: '',
      RemoteManagers: [],
    },
    SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: { IndexConfigs: {}, InsecureRegistryCIDRs: [], Mirrors: [] },
    GenericResources: [],
    ProductLicense: '',
    ContainerdCommit: { ID: '' },
    RuncCommit: { ID: '' },
    InitCommit: { ID: '' },
  };
}
