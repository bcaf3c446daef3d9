import { describe, expect, it } from 'vitest';
import { hostEnvironment, run, shellLine } from '../../src/host/exec.ts';
import { HostError } from '../../src/model/errors.ts';

async function failureOf(work: Promise<unknown>): Promise<HostError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('running programs', () => {
  it('collects what they print, and gives them their input', async () => {
    const result = await run(['sh', '-c', 'cat; echo oops >&2'], { input: 'hello' });
    expect(result).toEqual({ stdout: 'hello', stderr: 'oops\n', exitCode: 0 });
  });

  it('says which command failed, how, and what it said', async () => {
    const error = await failureOf(run(['sh', '-c', 'echo no such thing >&2; exit 3']));
    expect(error.code).toBe('HOST_COMMAND_FAILED');
    expect(error.message).toBe('sh failed with exit code 3: no such thing');
    expect(error.command).toBe("sh -c 'echo no such thing >&2; exit 3'");
    expect(error.stderr).toBe('no such thing\n');
  });

  it('returns a failure that is allowed', async () => {
    expect((await run(['false'], { allowFailure: true })).exitCode).toBe(1);
  });

  it('names the package of a program that is missing', async () => {
    const error = await failureOf(run(['/nowhere/iptables-restore']));
    expect(error.code).toBe('HOST_PROGRAM_MISSING');
    expect(error.hint).toBe('apt-get install iptables');
  });

  it('ends a program that takes too long', async () => {
    const error = await failureOf(run(['sleep', '60'], { timeoutMs: 30 }));
    expect(error.code).toBe('HOST_COMMAND_TIMEOUT');
  });

  it('does not mind a program that does not read its input', async () => {
    const input = 'x'.repeat(1 << 20);
    expect((await run(['true'], { input })).exitCode).toBe(0);
  });

  it('adds the folders of system programs to PATH', () => {
    const own = (process.env['PATH'] ?? '').split(':');
    const folders = (hostEnvironment()['PATH'] ?? '').split(':');
    expect(folders.slice(0, own.length)).toEqual(own);
    expect(folders).toContain('/usr/sbin');
  });
});

describe('lines for a shell', () => {
  it('quote what needs it', () => {
    expect(shellLine(['echo', 'a b', "it's", '', '10.0.0.1/24'])).toBe(
      `echo 'a b' 'it'\\''s' '' 10.0.0.1/24`,
    );
  });
});
