import type { EngineClientLike } from './engine-client.ts';
import { FrameParser } from './frames.ts';

const linesMax = 20;

/** The last lines that a container wrote; empty when they can't be had, since they only illustrate an error. */
export async function tailOf(client: EngineClientLike, name: string): Promise<string[]> {
  try {
    const framed = await client.getContainer(name).logs({ stdout: true, stderr: true, tail: linesMax });
    const frames = new FrameParser().push(Buffer.from(framed));
    const text = Buffer.concat(frames.map(({ data }) => data)).toString();
    return text.split('\n').filter((line) => line !== '');
  } catch {
    return [];
  }
}
