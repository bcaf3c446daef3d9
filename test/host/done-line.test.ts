import { describe, expect, it } from 'vitest';
import { run } from '../../src/host/exec.ts';

describe('a program that says when it is done', () => {
  const sh = (script: string, doneLine: string): ReturnType<typeof run> =>
    run(['sh', '-c', script], { doneLine });

  it('is waited for no longer than that', async () => {
    const input = { input: 'x\n', doneLine: '# done' };
    const result = await run(['sh', '-c', 'echo one; echo "# done"; exec sleep 2'], input);
    expect(result).toMatchObject({ stdout: 'one\n# done\n', exitCode: 0 });
  });

  it('is waited for to its end when it says nothing, and may fail', async () => {
    expect(await sh('echo "not # done"', '# done')).toMatchObject({ exitCode: 0 });
    await expect(sh('echo no >&2; exit 3', '# done')).rejects.toMatchObject({ code: 'HOST_COMMAND_FAILED' });
  });
});
