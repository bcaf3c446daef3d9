// What peers have in common.
import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** Names of the programs that are missing, or undefined. */
export function hasPrograms(...names) {
  const missing = names.filter((name) => !onPath(name));
  return missing.length > 0 ? missing.join(', ') : undefined;
}

function onPath(name) {
  try {
    execFileSync('bash', ['-c', 'command -v "$1"', 'which', name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export async function waitFor(work, failure, limitMs = 30_000) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(failure, { cause: error });
      await delay(100);
    }
  }
}
