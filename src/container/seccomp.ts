import { ALLOWED_CALLS, CALLS_OF_CAPABILITY, CALLS_OF_PROCESSOR } from './seccomp-calls.ts';

export interface SeccompRule {
  readonly names: readonly string[];
  readonly action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  readonly errnoRet?: number;
  readonly args?: readonly {
    readonly index: number;
    readonly value: number;
    readonly valueTwo?: number;
    readonly op: 'SCMP_CMP_EQ' | 'SCMP_CMP_NE' | 'SCMP_CMP_MASKED_EQ';
  }[];
}

/** `linux.seccomp` of an OCI configuration. */
export interface SeccompProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly string[];
  readonly syscalls?: readonly SeccompRule[];
}

/** What the processor runs besides its own instruction set. */
const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
  s390x: ['SCMP_ARCH_S390X', 'SCMP_ARCH_S390'],
  ppc64: ['SCMP_ARCH_PPC64LE'],
  riscv64: ['SCMP_ARCH_RISCV64'],
};

const EPERM = 1;
const ENOSYS = 38;
const AF_VSOCK = 40;
/** CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET. */
const CLONE_NEW_NAMESPACES = 0x7e020000;
/** PER_LINUX, PER_LINUX32, UNAME26, both, and the query. */
const PERSONALITIES = [0, 0x8, 0x20000, 0x20008, 0xffffffff];

/**
 * The seccomp profile of a container: an allowlist, everything else is refused with EPERM.
 * `capabilities` are full names (`CAP_SYS_ADMIN`); `processor` is Node's word for it (`x64`).
 * @see https://docs.docker.com/engine/security/seccomp/
 */
export function seccompProfileFor(capabilities: readonly string[], processor: string): SeccompProfile {
  const architectures = ARCHITECTURES[processor];
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    ...(architectures === undefined ? {} : { architectures }),
    syscalls: [
      { names: allowedNames(capabilities, processor), action: 'SCMP_ACT_ALLOW' },
      {
        names: ['socket'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: AF_VSOCK, op: 'SCMP_CMP_NE' }],
      },
      ...PERSONALITIES.map(personalityRule),
      ...(capabilities.includes('CAP_SYS_ADMIN') ? [] : cloneRules(processor)),
    ],
  };
}

function allowedNames(capabilities: readonly string[], processor: string): string[] {
  const texts = [
    ...Object.values(ALLOWED_CALLS),
    CALLS_OF_PROCESSOR[processor] ?? '',
    ...capabilities.map((capability) => CALLS_OF_CAPABILITY[capability] ?? ''),
  ];
  return [...new Set(texts.join(' ').split(/\s+/).filter(Boolean))].sort();
}

function personalityRule(value: number): SeccompRule {
  return { names: ['personality'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }] };
}

/** Threads and children, yes; new namespaces, no. clone3 hides its flags from the filter, so libc must fall back. */
function cloneRules(processor: string): SeccompRule[] {
  const flagsArgument = processor === 's390x' ? 1 : 0;
  return [
    {
      names: ['clone'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: flagsArgument, value: CLONE_NEW_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    },
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
  ];
}
