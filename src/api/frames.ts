/** The number that Docker gives each stream in the header of a frame. */
const STREAM_NUMBERS = { stdout: 1, stderr: 2 } as const;

export const RAW_STREAM = 'application/vnd.docker.raw-stream';
export const MULTIPLEXED_STREAM = 'application/vnd.docker.multiplexed-stream';

/** Which content type a stream has: clients before API 1.42 know one name only. */
export function streamType(apiMinor: number, tty: boolean): string {
  return tty || apiMinor < 42 ? RAW_STREAM : MULTIPLEXED_STREAM;
}

/** A frame: stream number, three zero bytes, length (big endian), data. */
export function frame(stream: 'stdout' | 'stderr', data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head[0] = STREAM_NUMBERS[stream];
  head.writeUInt32BE(data.length, 4);
  return Buffer.concat([head, data]);
}
