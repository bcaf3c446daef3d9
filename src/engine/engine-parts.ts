import type { BuildService } from './build-service.ts';
import type { AttachService } from './attach-service.ts';
import type { ContainerService } from './container-service.ts';
import type { Core } from './core.ts';
import type { DefaultBridge } from './default-bridge.ts';
import type { EngineInfo, RegistryApi } from './engine-api.ts';
import type { ExecService } from './exec-service.ts';
import type { FirewallGuard } from './firewall-guard.ts';
import type { HealthService } from './health-service.ts';
import type { ImageService } from './image-service.ts';
import type { LeaseService } from './lease-service.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { NetworkService } from './network-service.ts';
import type { VolumeService } from './volume-service.ts';

/** The services that an engine is made of. */
export interface EngineParts {
  readonly core: Core;
  readonly info: Omit<EngineInfo, 'runtime'>;
  /** Name of the container runtime; empty while none was looked for. */
  readonly runtimeName: () => string;
  readonly networks: NetworkService;
  readonly defaultBridge: DefaultBridge;
  readonly containers: ContainerService;
  readonly lifecycle: Lifecycle;
  readonly attachments: AttachService;
  readonly execs: ExecService;
  readonly health: HealthService;
  readonly images: ImageService;
  readonly registry: RegistryApi;
  readonly builds: BuildService;
  readonly volumes: VolumeService;
  readonly leases: LeaseService;
  readonly firewallGuard: FirewallGuard;
  readonly stop: () => void;
}
