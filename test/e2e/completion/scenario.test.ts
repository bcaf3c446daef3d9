import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { berthProgram } from '../../helpers/host.ts';
import { example } from '../../helpers/scenario.ts';

/** What bash would offer for the words typed so far. */
function offered(...typed: string[]): string[] {
  const script = `
    berth() { node ${berthProgram} "$@"; }
    source <(berth completion bash)
    complete -p berth > /dev/null
    COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
    _berth
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync('bash', ['-uc', script, 'bash', 'berth', ...typed], {
    cwd: example('hello'),
    encoding: 'utf8',
  });
  return text.trim().split('\n');
}

describe('bash', () => {
  it('completes verbs, services and files', () => {
    expect(offered('wat')).toEqual(['watch']);
    expect(offered('logs', '')).toEqual(['web', 'api']);
    expect(offered('cp', 'comp')).toEqual(['compose.yaml']);
  });
});
