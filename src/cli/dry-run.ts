import type { Command } from 'commander';
import { UsageError } from '../model/errors.ts';

/** Verbs that show what they would do. */
const SHOWING = new Set(
  'up down build create start stop restart rm kill pause unpause scale cp commit export pull publish watch wait'.split(
    ' ',
  ),
);

/** Verbs that change nothing anyway. */
const READING = new Set(
  (
    'ps logs images ls port top stats events config version volumes plan trace doctor completion ' +
    'inspect history df graph status socket'
  ).split(' '),
);

/** `--dry-run` is never passed over in silence. Throws UsageError DRY_RUN_UNKNOWN. */
export function checkDryRun(command: Command): void {
  const name = command.name();
  if (SHOWING.has(name) || READING.has(name)) return;
  const whole = command.parent?.parent ? `${command.parent.name()} ${name}` : name;
  throw new UsageError('DRY_RUN_UNKNOWN', `berth ${whole} can not show what it would do`, {
    hint: 'leave --dry-run out; nothing was done',
  });
}
