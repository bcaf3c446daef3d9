import { mkdtempSync, mkdirSync, rmSync, truncateSync, writeFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OciSpec } from '../../src/container/oci-types.ts';
import type { Runtime } from '../../src/container/runtime.ts';
import { SeccompCache } from '../../src/container/seccomp-cache.ts';
import { seccompProfileFor, type SeccompProfile } from '../../src/container/seccomp.ts';
import { securityOptionsFor } from '../../src/container/security-options.ts';

function allowed(profile: SeccompProfile): Set<string> {
  const plain = (profile.syscalls ?? []).filter((rule) => rule.action === 'SCMP_ACT_ALLOW' && !rule.args);
  return new Set(plain.flatMap((rule) => rule.names));
}

describe('the profile', () => {
  const plain = seccompProfileFor(['CAP_SYS_CHROOT'], 'x64');

  it('refuses everything that it does not name', () => {
    expect(plain.defaultAction).toBe('SCMP_ACT_ERRNO');
    const names = allowed(plain);
    for (const call of ['read', 'openat2', 'arch_prctl', 'chroot']) expect(names).toContain(call);
    for (const call of [
      'mount',
      'keyctl',
      'add_key',
      'bpf',
      'unshare',
      'setns',
      'reboot',
      'io_uring_setup',
      'kexec_load',
      'userfaultfd',
    ])
      expect(names).not.toContain(call);
  });

  it('lets clone through without new namespaces and hides clone3', () => {
    expect(plain.syscalls).toContainEqual({
      names: ['clone'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    });
    expect(plain.syscalls).toContainEqual({ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 });
  });

  it('opens what a capability is for', () => {
    const admin = seccompProfileFor(['CAP_SYS_ADMIN'], 'x64');
    for (const call of ['mount', 'clone', 'clone3', 'setns']) expect(allowed(admin)).toContain(call);
    expect(allowed(seccompProfileFor(['CAP_SYS_TIME'], 'x64'))).toContain('clock_settime');
  });

  it('knows the processor', () => {
    expect(plain.architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']);
    expect(allowed(seccompProfileFor([], 'arm64'))).not.toContain('arch_prctl');
    expect(seccompProfileFor([], 'mips').architectures).toBeUndefined();
  });
});

describe('a profile of the user', () => {
  const request = { privileged: false, capabilities: ['CAP_KILL'], processor: 'x64' };
  const text = JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
    syscalls: [
      { names: ['a'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_KILL'], arches: ['amd64'] } },
      { names: ['b'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_BPF'] } },
      { names: ['c'], action: 'SCMP_ACT_ALLOW', excludes: { caps: ['CAP_KILL'] } },
      { names: ['d'], action: 'SCMP_ACT_ALLOW', excludes: { arches: ['amd64'] } },
      { name: 'e', action: 'SCMP_ACT_ALLOW', args: [] },
    ],
  });

  it('has its conditions decided', () => {
    expect(securityOptionsFor({ ...request, options: [`seccomp=${text}`] }).seccomp).toEqual({
      defaultAction: 'SCMP_ACT_ERRNO',
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
      syscalls: [
        { names: ['a'], action: 'SCMP_ACT_ALLOW' },
        { names: ['e'], action: 'SCMP_ACT_ALLOW' },
      ],
    });
  });

  it('is refused when it is no profile', () => {
    for (const wrong of ['{', '7', '{}'])
      expect(() => securityOptionsFor({ ...request, options: [`seccomp=${wrong}`] })).toThrow(
        'seccomp profile',
      );
  });

  it('may be none', () => {
    expect(securityOptionsFor({ ...request, options: ['seccomp=unconfined'] }).seccomp).toBeUndefined();
    expect(
      securityOptionsFor({
        ...request,
        options: ['no-new-privileges', 'label=disable', 'systempaths=unconfined'],
      }),
    ).toMatchObject({
      noNewPrivileges: true,
      protectSystemPaths: false,
    });
  });
});

describe('the cache of compiled filters', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/berth-seccomp-`);
    mkdirSync(`${folder}/state`);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const runtime = { name: 'crun', version: '1.8.1', kernel: '6.1' } as Runtime;
  const spec = {
    annotations: { a: 'b' },
    process: { noNewPrivileges: false },
    linux: { cgroupsPath: '/x', seccomp: { defaultAction: 'SCMP_ACT_ERRNO' } },
  } as unknown as OciSpec;

  function filterFile(): Buffer {
    const filter = Buffer.alloc(80, 1);
    filter.writeUInt16LE(0x06, 72);
    writeFileSync(`${folder}/state/seccomp.bpf`, filter);
    return filter;
  }

  it('gives the filter of an earlier container in the place of the profile, also to a later engine', () => {
    const cache = new SeccompCache({ folder: `${folder}/cache`, runtime });
    expect(cache.apply(spec)).toBe(spec);
    const filter = filterFile();
    cache.learn(spec, `${folder}/state`);
    const expected = {
      ...spec,
      annotations: { a: 'b', 'run.oci.seccomp_bpf_data': filter.toString('base64') },
      linux: { cgroupsPath: '/x' },
    };
    expect(cache.apply(spec)).toEqual(expected);
    expect(new SeccompCache({ folder: `${folder}/cache`, runtime }).apply(spec)).toEqual(expected);
  });

  it('keeps filters of another profile, runtime or kernel apart', () => {
    const cache = new SeccompCache({ folder: `${folder}/cache`, runtime });
    filterFile();
    cache.learn(spec, `${folder}/state`);
    const other = { ...spec, linux: { ...spec.linux, seccomp: { defaultAction: 'SCMP_ACT_KILL' } } };
    expect(cache.apply(other)).toBe(other);
    const later = new SeccompCache({ folder: `${folder}/cache`, runtime: { ...runtime, kernel: '6.2' } });
    expect(later.apply(spec)).toBe(spec);
    const runc = new SeccompCache({ folder: `${folder}/cache`, runtime: { ...runtime, name: 'runc' } });
    expect(runc.apply(spec)).toBe(spec);
  });

  it('does not use a file that was cut short', () => {
    filterFile();
    new SeccompCache({ folder: `${folder}/cache`, runtime }).learn(spec, `${folder}/state`);
    const [name = ''] = readdirSync(`${folder}/cache`);
    truncateSync(`${folder}/cache/${name}`, 72);
    expect(new SeccompCache({ folder: `${folder}/cache`, runtime }).apply(spec)).toBe(spec);
  });
});
