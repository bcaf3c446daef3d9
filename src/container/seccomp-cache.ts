import { createHash } from 'node:crypto';
import { makeFolderNow } from '../host/files.ts';
import { readBytes, replaceFileNow } from '../host/files-now.ts';
import type { OciSpec } from './oci-types.ts';
import type { Runtime } from './runtime.ts';

/**
 * Compiled seccomp filters. crun takes 15 ms to compile a profile, most of a start; it leaves the filter in its state
 * folder and takes one from an annotation. The first container with a profile pays, the others do not.
 */
export class SeccompCache {
  readonly #folder: string;
  readonly #runtime: Runtime;
  readonly #filters = new Map<string, string>();

  constructor({ folder, runtime }: { readonly folder: string; readonly runtime: Runtime }) {
    this.#folder = folder;
    this.#runtime = runtime;
  }

  /** The configuration with the profile replaced by its filter, where that is at hand. */
  apply(spec: OciSpec): OciSpec {
    const { seccomp, ...linux } = spec.linux;
    if (seccomp === undefined) return spec;
    const filter = this.#find(this.#keyOf(spec));
    if (filter === undefined) return spec;
    return { ...spec, linux, annotations: { ...spec.annotations, [FILTER_ANNOTATION]: filter } };
  }

  /** Keeps the filter that crun compiled for a container created from `spec`. */
  learn(spec: OciSpec, runtimeState: string): void {
    if (this.#runtime.name !== 'crun' || spec.linux.seccomp === undefined) return;
    const key = this.#keyOf(spec);
    if (this.#filters.has(key)) return;
    const filter = readBytes(`${runtimeState}/seccomp.bpf`);
    if (filter === undefined || !looksLikeFilter(filter)) return;
    this.#filters.set(key, filter.toString('base64'));
    makeFolderNow(this.#folder, 0o700);
    replaceFileNow(`${this.#folder}/${key}`, filter, 0o600);
  }

  #find(key: string): string | undefined {
    if (this.#runtime.name !== 'crun') return undefined;
    const known = this.#filters.get(key);
    if (known !== undefined) return known;
    const filter = readBytes(`${this.#folder}/${key}`);
    if (filter === undefined || !looksLikeFilter(filter)) return undefined;
    this.#filters.set(key, filter.toString('base64'));
    return this.#filters.get(key);
  }

  /** The same profile compiles to another filter under another runtime, libseccomp or kernel. */
  #keyOf(spec: OciSpec): string {
    const { name, version, kernel } = this.#runtime;
    return createHash('sha256')
      .update(JSON.stringify([name, version, kernel, spec.linux.seccomp, spec.process.noNewPrivileges]))
      .digest('hex');
  }
}

const FILTER_ANNOTATION = 'run.oci.seccomp_bpf_data';
const INSTRUCTION_BYTES = 8;
/** A filter of fewer instructions could only allow or refuse everything. */
const INSTRUCTIONS_MIN = 8;
const RETURN_CONSTANT = 0x06;

/** A whole number of instructions, the last of which returns: a file cut short must never be loaded. */
function looksLikeFilter(filter: Buffer): boolean {
  const { length } = filter;
  if (length % INSTRUCTION_BYTES !== 0 || length < INSTRUCTIONS_MIN * INSTRUCTION_BYTES) return false;
  return filter.readUInt16LE(length - INSTRUCTION_BYTES) === RETURN_CONSTANT;
}
