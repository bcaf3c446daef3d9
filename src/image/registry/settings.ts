import { listFolder } from '../../host/files-now.ts';
import { readText } from '../../host/files.ts';
import type { TlsTrust } from '../../host/http-exchange.ts';

/** What `engine.json` of the state root says about registries, in the words of Docker's daemon.json. */
export interface RegistrySettings {
  /** `host[:port]` of registries that may speak plain HTTP or show any certificate. */
  readonly insecure: readonly string[];
  /** Base addresses that are asked before Docker Hub. */
  readonly mirrors: readonly string[];
  /** Where certificates are looked for, as `<folder>/<host[:port]>/*.crt`; the first that has the host counts. */
  readonly certificates: readonly string[];
}

const SYSTEM_FOLDERS = ['/etc/berth/certs.d', '/etc/docker/certs.d', '/etc/containers/certs.d'];

/** Read anew at every use, so that a change counts at once. Members of the wrong type count as absent. */
export function readRegistrySettings(root: string): RegistrySettings {
  let value: Readonly<Record<string, unknown>> = {};
  try {
    value = JSON.parse(readText(`${root}/engine.json`) ?? '{}') as Record<string, unknown>;
  } catch {
    // Whoever owns the file says what is wrong with it.
  }
  return {
    insecure: texts(value['insecure-registries']),
    mirrors: texts(value['registry-mirrors']),
    certificates: [`${root}/certs.d`, ...SYSTEM_FOLDERS],
  };
}

/** How far a registry is trusted. Registries on this machine and those that the settings name may be insecure. */
export function trustOf(host: string, settings: RegistrySettings): TlsTrust {
  const anyone = isInsecure(host, settings);
  for (const folder of settings.certificates) {
    const names = listFolder(`${folder}/${host}`);
    const read = (name: string): string => readText(`${folder}/${host}/${name}`) ?? '';
    const ca = names.filter((name) => name.endsWith('.crt')).map(read);
    const certificate = names.find((name) => name.endsWith('.cert'));
    if (ca.length === 0 && certificate === undefined) continue;
    if (certificate === undefined) return { ca, anyone: false };
    const key = read(certificate.replace(/\.cert$/, '.key'));
    return { ca, anyone: anyone && ca.length === 0, certificate: read(certificate), key };
  }
  return { ca: [], anyone };
}

/** Loopback is this machine. Ranges of addresses are not read. */
export function isInsecure(host: string, settings: RegistrySettings): boolean {
  const name = host.replace(/:\d+$/, '');
  if (name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name)) return true;
  return settings.insecure.includes(host) || settings.insecure.includes(name);
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
