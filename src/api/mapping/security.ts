import type { SecuritySpec } from '../../model/container.ts';
import { badRequest } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';

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
export function securityBody(spec: SecuritySpec): object {
  return {
    Privileged: spec.privileged,
    ReadonlyRootfs: spec.readOnlyRootfs,
    CapAdd: spec.capAdd,
    CapDrop: spec.capDrop,
    SecurityOpt: spec.securityOpt,
    GroupAdd: spec.groupAdd,
    IpcMode: spec.ipcMode || 'private',
    PidMode: spec.pidMode,
    UTSMode: spec.utsMode,
    UsernsMode: spec.usernsMode,
    CgroupnsMode: spec.cgroupnsMode || 'private',
    CgroupParent: spec.cgroupParent,
    Sysctls: spec.sysctls,
    OomScoreAdj: spec.oomScoreAdj,
    ShmSize: spec.shmSizeBytes,
    ...(spec.init && { Init: true }),
    ...(spec.maskedPaths && { MaskedPaths: spec.maskedPaths }),
    ...(spec.readonlyPaths && { ReadonlyPaths: spec.readonlyPaths }),
  };
}
