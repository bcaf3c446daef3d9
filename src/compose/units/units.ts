import type { Diagnostics } from '../diagnostics.ts';
import * as mistakes from '../errors.ts';
import { clip } from '../text/clip.ts';
import { scalarText } from '../canonical/collections.ts';
import { isNull, scalar } from '../tree/node.ts';
import type { Node } from '../tree/node.ts';
import { rewriteTree, ruleTree } from '../tree/rules.ts';
import type { Rewrite, RuleTable } from '../tree/rules.ts';
import { formatDuration } from '../../model/go-duration.ts';
import { parseDuration } from './durations.ts';
import { parseSize } from './sizes.ts';

/** A model in canonical form in which every value of a kind is written the same way: `90s` as `1m30s`, `1k` as `"1024"`. */
export function withUnits(model: Node, diagnostics: Diagnostics): Node {
  return rewriteTree(model, { rules, context: diagnostics }) ?? model;
}

type Rule = Rewrite<Diagnostics>;

const duration: Rule = (node, path, diagnostics) => {
  if (node.kind !== 'scalar' || node.value === null) return node;
  const value = parseDuration(scalarText(node.value));
  if (value !== undefined) return { ...node, value: formatDuration(value) };
  diagnostics.report(
    mistakes.badValue({
      message: `${path.join('.')}: invalid duration ${JSON.stringify(clip(scalarText(node.value)))}`,
      mark: node.mark,
      hint: 'write a number with a unit: `30s`, `1m30s`, `500ms`, `2h`',
    }),
    path,
  );
  return undefined;
};

const size: Rule = (node, path, diagnostics) => {
  if (node.kind !== 'scalar' || node.value === null) return node;
  const text = scalarText(node.value);
  const value = typeof node.value === 'number' && !Number.isInteger(node.value) ? undefined : parseSize(text);
  if (value !== undefined) return { ...node, value: String(value) };
  diagnostics.report(
    mistakes.badValue({
      message: `${path.join('.')}: invalid size ${JSON.stringify(clip(text))}`,
      mark: node.mark,
      hint: 'write bytes, or a number with a unit: `512m`, `1.5g`, `64k`',
    }),
    path,
  );
  return undefined;
};

/** A text is octal; a number is the mode itself. Shown as `"0440"`. */
const fileMode: Rule = (node, path, diagnostics) => {
  if (node.kind !== 'scalar' || node.value === null) return node;
  const value = typeof node.value === 'number' ? node.value : Number.parseInt(scalarText(node.value), 8);
  const isOctal = typeof node.value === 'number' || /^[0-7]+$/.test(scalarText(node.value));
  if (isOctal && Number.isInteger(value) && value >= 0) return { ...node, value: `0${value.toString(8)}` };
  diagnostics.report(
    mistakes.badValue({
      message: `${path.join('.')}: invalid file mode ${JSON.stringify(clip(scalarText(node.value)))}`,
      mark: node.mark,
      hint: 'write octal digits in quotes, such as `"0440"`',
    }),
    path,
  );
  return undefined;
};

/** The engine takes the mode of a tmpfs as a number. */
const tmpfsMode: Rule = (node, path, diagnostics) => {
  const text = fileMode(node, path, diagnostics);
  if (text?.kind !== 'scalar' || text.value === null) return text;
  return { ...text, value: Number.parseInt(String(text.value), 8) };
};

const whole: Rule = (node, path, diagnostics) => {
  if (node.kind !== 'scalar' || node.value === null) return node;
  if (typeof node.value === 'number' && Number.isInteger(node.value)) return node;
  const value =
    typeof node.value === 'string' && /^-?\d+$/.test(node.value) ? Number(node.value) : Number.NaN;
  if (Number.isSafeInteger(value)) return { ...node, value };
  diagnostics.report(
    mistakes.badValue({
      message: `${path.join('.')} must be a whole number, got ${clip(scalarText(node.value))}`,
      mark: node.mark,
      hint: 'write digits only',
    }),
    path,
  );
  return undefined;
};

const fraction: Rule = (node, path, diagnostics) => {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return node;
  const value = node.value.trim() === '' ? Number.NaN : Number(node.value);
  if (Number.isFinite(value)) return { ...node, value };
  diagnostics.report(
    mistakes.badValue({
      message: `${path.join('.')} must be a number, got ${JSON.stringify(clip(node.value))}`,
      mark: node.mark,
      hint: 'write a number, such as `0.5`',
    }),
    path,
  );
  return undefined;
};

const text: Rule = (node) =>
  node.kind === 'scalar' && !isNull(node) && typeof node.value !== 'string'
    ? { ...node, ...scalar(scalarText(node.value), node.mark) }
    : node;

const table: RuleTable<Rule> = {
  'services.*.blkio_config.device_read_bps.*.rate': size,
  'services.*.blkio_config.device_read_iops.*.rate': size,
  'services.*.blkio_config.device_write_bps.*.rate': size,
  'services.*.blkio_config.device_write_iops.*.rate': size,
  'services.*.build.secrets.*.mode': fileMode,
  'services.*.build.shm_size': size,
  'services.*.configs.*.mode': fileMode,
  'services.*.cpu_count': whole,
  'services.*.cpu_period': whole,
  'services.*.cpu_quota': whole,
  'services.*.cpu_shares': whole,
  'services.*.cpus': fraction,
  'services.*.deploy.resources.limits.cpus': fraction,
  'services.*.deploy.resources.limits.memory': size,
  'services.*.deploy.resources.reservations.cpus': fraction,
  'services.*.deploy.resources.reservations.memory': size,
  'services.*.deploy.restart_policy.delay': duration,
  'services.*.deploy.restart_policy.window': duration,
  'services.*.deploy.rollback_config.delay': duration,
  'services.*.deploy.rollback_config.monitor': duration,
  'services.*.deploy.update_config.delay': duration,
  'services.*.deploy.update_config.monitor': duration,
  'services.*.healthcheck.interval': duration,
  'services.*.healthcheck.retries': whole,
  'services.*.healthcheck.start_interval': duration,
  'services.*.healthcheck.start_period': duration,
  'services.*.healthcheck.timeout': duration,
  'services.*.mem_limit': size,
  'services.*.mem_reservation': size,
  'services.*.mem_swappiness': size,
  'services.*.memswap_limit': size,
  'services.*.pids_limit': whole,
  'services.*.ports.*.published': text,
  'services.*.ports.*.target': whole,
  'services.*.secrets.*.mode': fileMode,
  'services.*.shm_size': size,
  'services.*.stop_grace_period': duration,
  'services.*.volumes.*.tmpfs.mode': tmpfsMode,
  'services.*.volumes.*.tmpfs.size': size,
};

const rules = ruleTree(table);
