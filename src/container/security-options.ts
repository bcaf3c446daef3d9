import { seccompProfileInvalid, securityOptionUnknown } from './errors.ts';
import { seccompProfileFor, type SeccompProfile, type SeccompRule } from './seccomp.ts';

/** `--security-opt`, read. */
export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  /** False: paths of /proc and /sys are neither masked nor made read-only. */
  readonly protectSystemPaths: boolean;
  /** Absent: no filter. */
  readonly seccomp?: SeccompProfile;
}

export interface SecurityOptionsRequest {
  readonly options: readonly string[];
  readonly privileged: boolean;
  readonly capabilities: readonly string[];
  /** Node's word for the processor: `x64`. */
  readonly processor: string;
}

/**
 * Reads security options in Docker's forms; `seccomp=` carries the profile itself as JSON, as the API has it.
 * @throws {EngineError} SECURITY_OPTION_UNKNOWN, SECCOMP_PROFILE_INVALID
 */
export function securityOptionsFor(request: SecurityOptionsRequest): SecurityOptions {
  let noNewPrivileges = false;
  let protectSystemPaths = !request.privileged;
  let seccompText = request.privileged ? 'unconfined' : '';
  for (const option of request.options) {
    const separator = /[=:]/.exec(option)?.index ?? option.length;
    const name = option.slice(0, separator);
    const value = option.slice(separator + 1);
    if (name === 'no-new-privileges') noNewPrivileges = value !== 'false';
    else if (name === 'seccomp') seccompText = value;
    else if (option === 'systempaths=unconfined') protectSystemPaths = false;
    else if (!HARMLESS.has(name)) throw securityOptionUnknown(option);
  }
  const seccomp = seccompOf(seccompText, request);
  return { noNewPrivileges, protectSystemPaths, ...(seccomp ? { seccomp } : {}) };
}

/** Labels of modules that Berth does not set at all: nothing is confined by them. */
const HARMLESS = new Set(['label', 'apparmor']);

function seccompOf(text: string, request: SecurityOptionsRequest): SeccompProfile | undefined {
  if (text === 'unconfined') return undefined;
  if (text === '' || text === 'builtin') return seccompProfileFor(request.capabilities, request.processor);
  return customProfile(text, request);
}

interface DockerCondition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
  readonly minKernel?: string;
}

type DockerRule = SeccompRule & {
  readonly name?: string;
  readonly includes?: DockerCondition;
  readonly excludes?: DockerCondition;
};

interface DockerProfile {
  readonly defaultAction?: string;
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly string[];
  readonly archMap?: readonly {
    readonly architecture: string;
    readonly subArchitectures?: readonly string[] | null;
  }[];
  readonly syscalls?: readonly DockerRule[];
}

/** Docker's format has conditions; the runtime's has none, so they are decided here. */
function customProfile(text: string, request: SecurityOptionsRequest): SeccompProfile {
  const profile = parseProfile(text);
  if (typeof profile.defaultAction !== 'string') throw seccompProfileInvalid('it has no defaultAction');
  const architectures = profile.architectures ?? architecturesOf(profile, request.processor);
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    ...(architectures ? { architectures } : {}),
    syscalls: (profile.syscalls ?? []).filter((rule) => applies(rule, request)).map(plainRule),
  };
}

function parseProfile(text: string): DockerProfile {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw seccompProfileInvalid(error instanceof Error ? error.message : String(error));
  }
  throw seccompProfileInvalid('it is not an object');
}

const OCI_ARCHITECTURE: Readonly<Record<string, string>> = {
  x64: 'SCMP_ARCH_X86_64',
  arm64: 'SCMP_ARCH_AARCH64',
  s390x: 'SCMP_ARCH_S390X',
  ppc64: 'SCMP_ARCH_PPC64LE',
  riscv64: 'SCMP_ARCH_RISCV64',
};

const GO_ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', ppc64: 'ppc64le', ia32: 'x86' };

function architecturesOf(profile: DockerProfile, processor: string): readonly string[] | undefined {
  const entry = profile.archMap?.find((each) => each.architecture === OCI_ARCHITECTURE[processor]);
  return entry && [entry.architecture, ...(entry.subArchitectures ?? [])];
}

function applies(rule: DockerRule, { capabilities, processor }: SecurityOptionsRequest): boolean {
  const architecture = GO_ARCHITECTURE[processor] ?? processor;
  const { includes, excludes } = rule;
  if (includes?.arches?.length && !includes.arches.includes(architecture)) return false;
  if (includes?.caps?.length && !includes.caps.every((name) => capabilities.includes(name))) return false;
  if (excludes?.arches?.includes(architecture)) return false;
  return !excludes?.caps?.some((name) => capabilities.includes(name));
}

function plainRule(rule: DockerRule): SeccompRule {
  return {
    names: rule.name === undefined ? rule.names : [rule.name],
    action: rule.action,
    ...(rule.errnoRet === undefined ? {} : { errnoRet: rule.errnoRet }),
    ...(rule.args?.length ? { args: rule.args } : {}),
  };
}
