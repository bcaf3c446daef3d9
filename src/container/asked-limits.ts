import type { ContainerSpec } from '../model/container.ts';
import { ALL_CAPABILITIES, capabilitiesFor } from './capabilities.ts';
import { attainableLimits, attainableOomScore } from './limits.ts';
import { hasBlkioWeight, ownHierarchies } from './cgroups.ts';
import type { Runtime } from './runtime.ts';
import { securityOptionsFor } from './security-options.ts';
import { checkSysctls } from './sysctls.ts';

/**
 * Refuses what no container can have.
 * @throws {EngineError} SYSCTL_REFUSED, CAPABILITY_UNKNOWN, SECURITY_OPTION_UNKNOWN, SECCOMP_PROFILE_INVALID
 */
export function checkAsked(spec: Pick<ContainerSpec, 'security' | 'networkMode'>, processor: string): void {
  const { security } = spec;
  const { privileged, capAdd: add, capDrop: drop, securityOpt: options } = security;
  checkSysctls(spec);
  const capabilities = capabilitiesFor({ privileged, add, drop, available: [] });
  securityOptionsFor({ options, privileged, capabilities, processor });
}

/** What a container asks for and this machine cannot give: one sentence each. */
export function unattainable(spec: ContainerSpec, runtime: Runtime): string[] {
  const { resources, security } = spec;
  const warnings = [
    ...attainableLimits(resources.ulimits ?? [], runtime.limits).warnings,
    ...attainableOomScore(security.oomScoreAdj, runtime.limits).warnings,
  ];
  const missing = capabilitiesFor({ ...namesOf(spec), available: ALL_CAPABILITIES }).filter(
    (name) => security.capAdd.length > 0 && !runtime.capabilities.includes(name),
  );
  if (missing.length > 0)
    warnings.push(`the engine does not hold ${missing.join(', ')} itself, and cannot give it`);
  if (resources.memorySwap && !runtime.swapLimit) {
    warnings.push(
      'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.',
    );
  }
  if ((resources.blkioWeight || resources.blkioWeightDevices) && !hasBlkioWeight(ownHierarchies())) {
    warnings.push(
      'Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.',
    );
  }
  if (runtime.cgroupVersion === '2') {
    if (resources.memorySwappiness !== undefined)
      warnings.push('mem_swappiness has no effect with cgroup version 2');
    if (resources.oomKillDisable) warnings.push('oom_kill_disable has no effect with cgroup version 2');
  }
  for (const option of security.securityOpt) {
    if (/^apparmor[=:](?!unconfined)/.test(option))
      warnings.push(`security option ${option}: no AppArmor profile is applied`);
    if (/^label[=:](?!disable)/.test(option))
      warnings.push(`security option ${option}: nothing is labelled for SELinux`);
  }
  return warnings;
}

function namesOf({ security }: ContainerSpec): {
  privileged: boolean;
  add: readonly string[];
  drop: readonly string[];
} {
  const asked = security.capAdd.filter((name) => !/^(cap_)?all$/i.test(name));
  return { privileged: false, add: asked, drop: ['ALL'] };
}
