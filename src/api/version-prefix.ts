import { clientTooNew, clientTooOld } from './errors.ts';

export const API_VERSION = '1.45';
export const MIN_API_VERSION = '1.24';

/** Takes `/v1.N` off a path. Without it, the client speaks our own version. */
export function splitVersion(path: string): { apiMinor: number; path: string } {
  const match = /^\/v(\d+)\.(\d+)(\/.*)$/.exec(path);
  if (!match) return { apiMinor: minorOf(API_VERSION), path };
  const asked = `${match[1] ?? ''}.${match[2] ?? ''}`;
  const apiMinor = Number(match[2]);
  if (match[1] !== '1' || apiMinor > minorOf(API_VERSION)) {
    if (match[1] === '0') throw clientTooOld(asked, MIN_API_VERSION);
    throw clientTooNew(asked, API_VERSION);
  }
  if (apiMinor < minorOf(MIN_API_VERSION)) throw clientTooOld(asked, MIN_API_VERSION);
  return { apiMinor, path: match[3] ?? '/' };
}

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
