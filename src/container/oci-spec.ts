import { MASKED_PATHS, READONLY_PATHS } from '../model/system-paths.ts';
import type { ContainerRecord } from '../model/container.ts';
import { capabilitiesFor } from './capabilities.ts';
import type { Runtime } from './runtime.ts';
import { initMissing } from './errors.ts';
import { attainableLimits, attainableOomScore } from './limits.ts';
import { ociMountsFor, rootfsPropagationFor, type GrantedFileMount } from './oci-mounts.ts';
import { ociProcessFor } from './oci-process.ts';
import { ociResourcesFor, type OciResourcesRequest } from './oci-resources.ts';
import type { OciDevice, OciLinux, OciSpec } from './oci-types.ts';
import { sysctlsFor } from './sysctls.ts';
import { securityOptionsFor } from './security-options.ts';
import type { ContainerUser } from './users.ts';

/** Namespaces of other processes that a container shares: paths as `/proc/<pid>/ns/pid`. */
export interface NamespaceJoins {
  readonly pid?: string;
  readonly ipc?: string;
  /** Process whose /dev/shm goes with a shared `ipc`. */
  readonly sharedMemoryOf?: number;
  /** Where that was attached. */
  readonly sharedMemory?: string;
}

export interface OciSpecRequest {
  readonly container: ContainerRecord;
  readonly rootfs: string;
  /** Path of the network namespace; undefined: the engine's own (host mode). */
  readonly netnsPath?: string | undefined;
  /** `/berth/<id>`, below the root of every hierarchy. */
  readonly cgroupsPath: string;
  /** Host paths of /etc/hosts, /etc/hostname and /etc/resolv.conf; empty: the image's own. */
  readonly files: { readonly hosts: string; readonly hostname: string; readonly resolvConf: string };
  readonly grantedFiles?: readonly GrantedFileMount[] | undefined;
  readonly user: ContainerUser;
  readonly runtime: Runtime;
  readonly joins?: NamespaceJoins | undefined;
  readonly devices?: readonly OciDevice[] | undefined;
  readonly diskNumbers?: OciResourcesRequest['diskNumbers'];
  readonly blkioWeight?: boolean | undefined;
  /** Paths inside the container to hide: Berth's own state when the image is the machine itself. */
  readonly hiddenPaths?: readonly string[] | undefined;
}

export interface OciSpecResult {
  readonly spec: OciSpec;
  /** What could not be had as asked. */
  readonly warnings: readonly string[];
}

/**
 * The OCI runtime configuration of a container, as Docker would make it. Pure.
 * @throws {EngineError} CAPABILITY_UNKNOWN, SECURITY_OPTION_UNKNOWN, SECCOMP_PROFILE_INVALID
 * @throws {HostError} INIT_MISSING
 */
export function ociSpecFor(request: OciSpecRequest): OciSpecResult {
  const { container, runtime } = request;
  const { spec } = container;
  const { security, resources } = spec;
  if (security.init && runtime.initPath === undefined) throw initMissing();
  const capabilities = capabilitiesFor({
    privileged: security.privileged,
    add: security.capAdd,
    drop: security.capDrop,
    available: runtime.capabilities,
  });
  const limits = attainableLimits(resources.ulimits ?? [], runtime.limits);
  const oomScore = attainableOomScore(security.oomScoreAdj, runtime.limits);
  const options = securityOptionsFor({
    options: security.securityOpt,
    privileged: security.privileged,
    capabilities,
    processor: runtime.processor,
  });
  const process = ociProcessFor({
    container,
    user: request.user,
    capabilities,
    noNewPrivileges: options.noNewPrivileges,
    hasInit: runtime.initPath !== undefined,
    rlimits: limits.rlimits,
    oomScoreAdj: oomScore.oomScoreAdj,
  });
  return {
    spec: {
      ociVersion: '1.0.2',
      ...(security.utsMode === 'host' ? {} : { hostname: spec.hostname }),
      root: { path: request.rootfs, readonly: security.readOnlyRootfs },
      process,
      mounts: ociMountsFor({
        container,
        files: request.files,
        grantedFiles: request.grantedFiles,
        initPath: runtime.initPath,
        sharedMemoryPath: security.ipcMode === 'host' ? '/dev/shm' : request.joins?.sharedMemory,
      }),
      annotations: spec.annotations,
      linux: {
        ...linuxPart(request, options.protectSystemPaths),
        ...(options.seccomp ? { seccomp: options.seccomp } : {}),
      },
    },
    warnings: [...limits.warnings, ...oomScore.warnings],
  };
}

/** As the text of a config.json. JavaScript's numbers end before "no limit" does, so that one is put right here. */
export function ociSpecText(spec: OciSpec): string {
  return JSON.stringify(spec).replaceAll('18446744073709552000', '18446744073709551615');
}

function linuxPart(request: OciSpecRequest, protectSystemPaths: boolean): OciLinux {
  const { container, runtime, netnsPath } = request;
  const { security, resources } = container.spec;
  const devices = request.devices ?? [];
  const propagation = rootfsPropagationFor(container.mounts);
  return {
    namespaces: namespacesFor(request),
    cgroupsPath: request.cgroupsPath,
    resources: ociResourcesFor({
      resources,
      devices,
      privileged: security.privileged,
      cgroupVersion: runtime.cgroupVersion,
      swapLimit: runtime.swapLimit,
      diskNumbers: request.diskNumbers,
      blkioWeight: request.blkioWeight,
    }),
    sysctl: sysctlsFor(container.spec, { ownNetwork: netnsPath !== undefined }),
    devices,
    maskedPaths: [
      ...(protectSystemPaths ? (security.maskedPaths ?? MASKED_PATHS) : []),
      ...(request.hiddenPaths ?? []),
    ],
    readonlyPaths: protectSystemPaths ? (security.readonlyPaths ?? READONLY_PATHS) : [],
    ...(propagation === undefined ? {} : { rootfsPropagation: propagation }),
  };
}

function namespacesFor({ container, netnsPath, joins, runtime }: OciSpecRequest): OciLinux['namespaces'] {
  const { pidMode, ipcMode, utsMode, cgroupnsMode } = container.spec.security;
  const privateCgroup = cgroupnsMode === 'private' || (cgroupnsMode === '' && runtime.cgroupVersion === '2');
  return [
    { type: 'mount' },
    ...(netnsPath === undefined ? [] : [{ type: 'network', path: netnsPath }]),
    ...(pidMode === 'host' ? [] : [joined('pid', joins?.pid)]),
    ...(ipcMode === 'host' ? [] : [joined('ipc', joins?.ipc)]),
    ...(utsMode === 'host' ? [] : [{ type: 'uts' }]),
    ...(privateCgroup ? [{ type: 'cgroup' }] : []),
  ];
}

function joined(type: string, path: string | undefined): { type: string; path?: string } {
  return path === undefined ? { type } : { type, path };
}
