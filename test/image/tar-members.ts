import { packed, type TarHeader } from '../helpers/busybox-image.ts';

/** One member of a tar as raw blocks, which a test may bend: another type character, other header bytes. */
export async function rawMember(
  header: TarHeader,
  content: string | Buffer = '',
  bend: { type?: string; patch?: (header: Buffer) => void } = {},
): Promise<Buffer> {
  const whole = await packed([[header, content]]);
  const member = Buffer.from(whole.subarray(0, whole.length - END_BYTES));
  if (bend.type !== undefined) member.write(bend.type, 156, 'latin1');
  bend.patch?.(member);
  const block = member.subarray(0, 512);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return member;
}

/** A tar of raw members. */
export function tarOf(...members: readonly Buffer[]): Buffer {
  return Buffer.concat([...members, Buffer.alloc(END_BYTES)]);
}

/** A pax header with this content. */
export async function paxHeader(content: string | Buffer): Promise<Buffer> {
  return await rawMember({ name: 'pax' }, content, { type: 'x' });
}

/** A pax record, whose value need not be text. */
export function paxRecord(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length += 1;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

const END_BYTES = 1024;
