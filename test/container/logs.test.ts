import { appendFileSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LogKeeper } from '../../src/container/older-logs.ts';
import { logLimitsOf } from '../../src/model/log-limits.ts';
import { logPosition, readLog, type ReadLogRequest } from '../../src/container/logs.ts';

let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-logs-'));
  path = join(folder, 'ctr.log');
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A line of the format, at second `second` of a fixed minute. */
function entry(second: number, text: string, { stream = 'stdout', flag = 'F' } = {}): string {
  const time = `2026-11-21T11:42:${String(second).padStart(2, '0')}.000000001+00:00`;
  return `${time} ${stream} ${flag} ${text}\n`;
}

function timeNs(second: number): bigint {
  return BigInt(Date.parse(`2026-11-21T11:42:${String(second).padStart(2, '0')}Z`)) * 1_000_000n + 1n;
}

async function texts(options: Partial<ReadLogRequest> = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const line of readLog({ path, stdout: true, stderr: true, follow: false, ...options }))
    found.push(line.data.toString());
  return found;
}

describe('reading a log from a place on', () => {
  it('gives what is written after the place was taken, also when there was no file yet', async () => {
    expect(logPosition(path)).toBe(0);
    writeFileSync(path, entry(17, 'before'));
    const from = logPosition(path);
    appendFileSync(path, entry(18, 'after'));
    expect(await texts({ from })).toEqual(['after\n']);
    expect(await texts({ from: 0 })).toEqual(['before\n', 'after\n']);
  });
});

describe('reading a log to its end', () => {
  it('gives lines with stream, nanoseconds and newline', async () => {
    writeFileSync(path, entry(17, 'hi') + entry(18, 'no', { stream: 'stderr' }));
    const lines = [];
    for await (const line of readLog({ path, stdout: true, stderr: true, follow: false })) lines.push(line);
    expect(lines.map((line) => [line.stream, line.data.toString()])).toEqual([
      ['stdout', 'hi\n'],
      ['stderr', 'no\n'],
    ]);
    expect(lines[0]?.timeNs).toBe(timeNs(17));
  });

  it('gives the parts of a long line without newlines', async () => {
    writeFileSync(path, entry(1, 'ab', { flag: 'P' }) + entry(1, 'cd', { flag: 'P' }) + entry(1, 'e'));
    expect(await texts()).toEqual(['ab', 'cd', 'e\n']);
  });

  it('keeps spaces, empty lines and bytes that are no text', async () => {
    writeFileSync(path, Buffer.concat([Buffer.from(entry(1, '  x  ') + entry(1, '')), bytesEntry()]));
    const found: Buffer[] = [];
    for await (const line of readLog({ path, stdout: true, stderr: true, follow: false }))
      found.push(line.data);
    expect(found.map((data) => data.toString('hex'))).toEqual(['20207820200a', '0a', 'ff00fe0a']);
  });

  it('leaves out a stream, and what lies outside the time', async () => {
    writeFileSync(
      path,
      [1, 2, 3, 4].map((second) => entry(second, `n${second}`)).join('') +
        entry(5, 'e', { stream: 'stderr' }),
    );
    expect(await texts({ stdout: false })).toEqual(['e\n']);
    expect(await texts({ sinceNs: timeNs(2), untilNs: timeNs(3) })).toEqual(['n2\n', 'n3\n']);
  });

  it('skips damaged lines and waits for no unfinished one', async () => {
    writeFileSync(path, `rubbish\n${entry(1, 'good')}2026-11-21T11:42:17.1+00:00 stdout F cut`);
    expect(await texts()).toEqual(['good\n']);
  });

  it('is empty when there is no file', async () => {
    expect(await texts()).toEqual([]);
  });
});

describe('the last lines', () => {
  it('are found from the end of a file larger than one look', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) =>
      entry(index % 60, `line ${index} ${'x'.repeat(50)}`),
    );
    writeFileSync(path, lines.join(''));
    const found = await texts({ tail: 3_000 });
    expect(found).toHaveLength(3_000);
    expect(found[0]).toMatch(/^line 2000 /);
    expect(found.at(-1)).toMatch(/^line 4999 /);
  });

  it('take the parts of a line along', async () => {
    writeFileSync(path, entry(1, 'one') + entry(2, 'tw', { flag: 'P' }) + entry(2, 'o') + entry(3, 'three'));
    expect(await texts({ tail: 2 })).toEqual(['tw', 'o\n', 'three\n']);
    expect(await texts({ tail: 1 })).toEqual(['three\n']);
  });

  it('count an unfinished line as one', async () => {
    writeFileSync(path, entry(1, 'one') + entry(2, 'two') + entry(3, 'cut', { flag: 'P' }));
    expect(await texts({ tail: 1 })).toEqual(['cut']);
    expect(await texts({ tail: 2 })).toEqual(['two\n', 'cut']);
  });

  it('are all lines when there are fewer, and none when zero are asked for', async () => {
    writeFileSync(path, entry(1, 'one') + entry(2, 'two'));
    expect(await texts({ tail: 10 })).toEqual(['one\n', 'two\n']);
    expect(await texts({ tail: 0 })).toEqual([]);
  });
});

describe('following', () => {
  it('gives what is written later, and ends after the container with everything told', async () => {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const found: string[] = [];
    const reading = (async () => {
      for await (const line of readLog({ path, stdout: true, stderr: true, follow: true, ended })) {
        found.push(line.data.toString());
        if (found.length === 1) appendFileSync(path, entry(2, 'second').slice(0, 40));
        if (found.length === 1) appendFileSync(path, entry(2, 'second').slice(40));
        if (found.length === 2) {
          appendFileSync(path, entry(3, 'last'));
          end();
        }
      }
    })();
    writeFileSync(path, entry(1, 'first'));
    await reading;
    expect(found).toEqual(['first\n', 'second\n', 'last\n']);
  });

  it('goes on in the new file when the log was begun anew', async () => {
    writeFileSync(path, entry(1, 'old'));
    const stop = new AbortController();
    const found: string[] = [];
    for await (const line of readLog({
      path,
      stdout: true,
      stderr: true,
      follow: true,
      signal: stop.signal,
    })) {
      found.push(line.data.toString());
      if (found.length === 1) {
        appendFileSync(path, entry(2, 'end of old'));
        writeFileSync(`${path}.tmp`, entry(3, 'new'));
        renameSync(`${path}.tmp`, path);
      }
      if (found.length === 3) stop.abort();
    }
    expect(found).toEqual(['old\n', 'end of old\n', 'new\n']);
  });

  it('ends quietly when the client leaves, and when the time is up', async () => {
    writeFileSync(path, entry(1, 'x'));
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    expect(await texts({ follow: true, signal: stop.signal })).toEqual(['x\n']);
    expect(await texts({ follow: true, untilNs: BigInt(Date.now() + 20) * 1_000_000n })).toEqual(['x\n']);
  });
});

function bytesEntry(): Buffer {
  return Buffer.concat([Buffer.from(entry(1, '').slice(0, -1)), Buffer.from([0xff, 0, 0xfe, 10])]);
}

describe('a log that is kept in several files', () => {
  let keeper: LogKeeper | undefined;
  afterEach(() => keeper?.close());

  /** As conmon does it: an empty file takes the place of the full one. */
  function rotate(...lines: string[]): void {
    writeFileSync(`${path}.tmp`, lines.join(''));
    renameSync(`${path}.tmp`, path);
  }

  async function becomes(names: readonly string[]): Promise<void> {
    await vi.waitFor(() => expect(readdirSync(folder).toSorted()).toEqual(names), { timeout: 10_000 });
  }

  it('is read from its oldest file on, and has as many as were asked for', async () => {
    writeFileSync(path, entry(1, 'a'));
    keeper = new LogKeeper({ path, files: 3 });
    rotate(entry(2, 'b', { flag: 'P' }), entry(3, 'c'));
    await becomes(['ctr.log', 'ctr.log.1', 'ctr.log.now']);
    rotate(entry(4, 'd'));
    await becomes(['ctr.log', 'ctr.log.1', 'ctr.log.2', 'ctr.log.now']);
    expect(await texts()).toEqual(['a\n', 'b', 'c\n', 'd\n']);
    expect(await texts({ tail: 1 })).toEqual(['d\n']);
    expect(await texts({ tail: 2 })).toEqual(['b', 'c\n', 'd\n']);
    expect(await texts({ tail: 3 })).toHaveLength(4);
    expect(await texts({ tail: 0 })).toEqual([]);
    rotate(entry(5, 'e'));
    await vi.waitFor(async () => expect(await texts()).toEqual(['b', 'c\n', 'd\n', 'e\n']), {
      timeout: 10_000,
    });
  });

  it('keeps the full file also when nobody saw that it was replaced', async () => {
    writeFileSync(path, entry(1, 'a'));
    new LogKeeper({ path, files: 2 }).close();
    rotate(entry(2, 'b'));
    expect(await texts()).toEqual(['a\n', 'b\n']);
    keeper = new LogKeeper({ path, files: 2 });
    expect(readdirSync(folder).toSorted()).toEqual(['ctr.log', 'ctr.log.1', 'ctr.log.now']);
    expect(await texts()).toEqual(['a\n', 'b\n']);
  });

  it('has the limits of the options in decimal units, and those of the driver local', () => {
    expect(logLimitsOf('json-file', { 'max-size': '1.5m', 'max-file': '4' })).toEqual({
      bytesMax: 1_500_000,
      files: 4,
    });
    expect(logLimitsOf('json-file', { 'max-file': '4' })).toEqual({ bytesMax: 0, files: 1 });
    expect(logLimitsOf('local', {})).toEqual({ bytesMax: 20_000_000, files: 5 });
  });
});
