import type { SecuritySpec } from '../../model/container.ts';
import { MASKED_PATHS, READONLY_PATHS } from '../../model/system-paths.ts';
import { badRequest } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';
import { orNull } from './or-null.ts';

const DEFAULT_SHM_BYTES = 64 << 20;

export function securitySpec(body: BodyReader): SecuritySpec {
  const shmSizeBytes = body.number('ShmSize');
  if (shmSizeBytes < 0) throw badRequest('SHM size can not be less than 0');
  const oomScoreAdj = body.number('OomScoreAdj');
  if (oomScoreAdj < -1000 || oomScoreAdj > 1000) {
    throw badRequest(`Invalid value ${oomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  }
  return {
    privileged: body.flag('Privileged'),
    readOnlyRootfs: body.flag('ReadonlyRootfs'),
    capAdd: body.list('CapAdd'),
    capDrop: body.list('CapDrop'),
    securityOpt: body.list('SecurityOpt'),
    groupAdd: body.list('GroupAdd'),
    ipcMode: body.text('IpcMode'),
    pidMode: body.text('PidMode'),
    utsMode: body.text('UTSMode'),
    usernsMode: body.text('UsernsMode'),
    cgroupnsMode: body.text('CgroupnsMode'),
    cgroupParent: body.text('CgroupParent'),
    sysctls: body.texts('Sysctls'),
    oomScoreAdj,
    shmSizeBytes: shmSizeBytes || DEFAULT_SHM_BYTES,
    init: body.flag('Init'),
    ...(body.has('MaskedPaths') && { maskedPaths: body.list('MaskedPaths') }),
    ...(body.has('ReadonlyPaths') && { readonlyPaths: body.list('ReadonlyPaths') }),
  };
}

/** The same, as a HostConfig shows it. */
export function securityBody(spec: SecuritySpec, { cgroupVersion }: { cgroupVersion: '1' | '2' }): object {
  const isOpen = spec.privileged || spec.securityOpt.includes('systempaths=unconfined');
  return {
    Privileged: spec.privileged,
    ReadonlyRootfs: spec.readOnlyRootfs,
    CapAdd: orNull(spec.capAdd),
    CapDrop: orNull(spec.capDrop),
    SecurityOpt: orNull(spec.securityOpt),
    GroupAdd: orNull(spec.groupAdd),
    IpcMode: spec.ipcMode || 'private',
    PidMode: spec.pidMode,
    UTSMode: spec.utsMode,
    UsernsMode: spec.usernsMode,
    CgroupnsMode: spec.cgroupnsMode || (cgroupVersion === '1' ? 'host' : 'private'),
    Cgroup: '',
    CgroupParent: spec.cgroupParent,
    ...(Object.keys(spec.sysctls).length > 0 && { Sysctls: spec.sysctls }),
    OomScoreAdj: spec.oomScoreAdj,
    ShmSize: spec.shmSizeBytes,
    ...(spec.init && { Init: true }),
    MaskedPaths: isOpen ? null : (spec.maskedPaths ?? MASKED_PATHS),
    ReadonlyPaths: isOpen ? null : (spec.readonlyPaths ?? READONLY_PATHS),
  };
}
