import { sha256Of } from './blobs.ts';

/**
 * The layer that stands for the machine's own files in an image that was built on `berth/host`: a tar of one empty
 * folder, which nobody else makes. Where such an image is put together, the machine's root lies in its place.
 */
export const HOST_LAYER = hostLayer();
export const HOST_DIFF_ID = sha256Of(HOST_LAYER);

/** Whether the root filesystem of an image is the machine's own, with or without layers upon it. */
export function standsOnHost(diffIds: readonly string[]): boolean {
  return diffIds.includes(HOST_DIFF_ID);
}

function hostLayer(): Buffer {
  const header = Buffer.alloc(512);
  header.write('./', 0);
  header.write('0000755\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write('00000000000\0', 124);
  // The letters `bert` as a time: what makes the layer one of a kind.
  header.write(`${Buffer.from('bert').readUInt32BE(0).toString(8).padStart(11, '0')}\0`, 136);
  header.write('5', 156);
  header.write('ustar\x0000', 257);
  header.write('        ', 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, Buffer.alloc(1024)]);
}
