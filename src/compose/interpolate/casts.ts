import type { Diagnostics } from '../diagnostics.ts';
import * as mistakes from '../errors.ts';
import { clip } from '../text/clip.ts';
import * as warnings from '../warnings.ts';
import type { Mark } from '../text/source-text.ts';
import type { Scalar } from '../tree/node.ts';
import { ruleTree } from '../tree/rules.ts';
import type { Path, RuleTable } from '../tree/rules.ts';
import { integerOf } from '../yaml/scalars.ts';

/** Turns a text into the type that its place wants; `undefined` when it was reported as impossible. */
export type Cast = (
  text: string,
  place: { path: Path; mark: Mark; diagnostics: Diagnostics },
) => Scalar | undefined;

const int: Cast = (text, place) => {
  const value = /^[-+]?\d+$/.test(text) ? integerOf(text.replace(/^([-+]?)0+(?=\d)/, '$1')) : undefined;
  return value ?? failed(text, 'integer', place);
};

const float: Cast = (text, place) => {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(value) ? failed(text, 'float', place) : value;
};

const bool: Cast = (text, place) => {
  switch (text.toLowerCase()) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'y':
    case 'yes':
    case 'on':
      place.diagnostics.warn(warnings.oldBoolean(text, place.mark));
      return true;
    case 'n':
    case 'no':
    case 'off':
      place.diagnostics.warn(warnings.oldBoolean(text, place.mark));
      return false;
    default:
      return failed(text, 'boolean', place);
  }
};

/** The words for what a place wants, and a value that would do. */
const wanted = {
  integer: ['an integer', '2'],
  float: ['a number', '0.5'],
  boolean: ['a boolean', 'true'],
} as const;

function failed(
  text: string,
  kind: keyof typeof wanted,
  { path, mark, diagnostics }: Parameters<Cast>[1],
): Scalar | undefined {
  const [words, example] = wanted[kind];
  const key = path.findLast((segment) => typeof segment === 'string') ?? '';
  const hint = `write ${words}, such as \`${key}: ${example}\``;
  diagnostics.report(
    mistakes.wrongType({ path: path.join('.'), wanted: words, got: JSON.stringify(clip(text)), mark, hint }),
    path,
  );
  return undefined;
}

const table: RuleTable<Cast> = {
  'services.*.attach': bool,
  'services.*.blkio_config.weight': int,
  'services.*.blkio_config.weight_device.*.weight': int,
  'services.*.build.no_cache': bool,
  'services.*.build.privileged': bool,
  'services.*.build.pull': bool,
  'services.*.build.ulimits.*': int,
  'services.*.build.ulimits.*.hard': int,
  'services.*.build.ulimits.*.soft': int,
  'services.*.cpu_count': int,
  'services.*.cpu_percent': float,
  'services.*.cpu_period': int,
  'services.*.cpu_quota': int,
  'services.*.cpu_rt_period': int,
  'services.*.cpu_rt_runtime': int,
  'services.*.cpu_shares': int,
  'services.*.cpus': float,
  'services.*.depends_on.*.required': bool,
  'services.*.depends_on.*.restart': bool,
  'services.*.deploy.placement.max_replicas_per_node': int,
  'services.*.deploy.replicas': int,
  'services.*.deploy.resources.limits.pids': int,
  'services.*.deploy.resources.reservations.generic_resources.*.discrete_resource_spec.value': int,
  'services.*.deploy.restart_policy.max_attempts': int,
  'services.*.deploy.rollback_config.max_failure_ratio': float,
  'services.*.deploy.rollback_config.parallelism': int,
  'services.*.deploy.update_config.max_failure_ratio': float,
  'services.*.deploy.update_config.parallelism': int,
  'services.*.develop.watch.*.exec.privileged': bool,
  'services.*.develop.watch.*.initial_sync': bool,
  'services.*.env_file.*.required': bool,
  'services.*.healthcheck.disable': bool,
  'services.*.healthcheck.retries': int,
  'services.*.init': bool,
  'services.*.networks.*.gw_priority': int,
  'services.*.networks.*.priority': int,
  'services.*.oom_kill_disable': bool,
  'services.*.oom_score_adj': int,
  'services.*.pids_limit': int,
  'services.*.ports.*.target': int,
  'services.*.post_start.*.privileged': bool,
  'services.*.pre_start.*.per_replica': bool,
  'services.*.pre_start.*.privileged': bool,
  'services.*.pre_stop.*.privileged': bool,
  'services.*.privileged': bool,
  'services.*.read_only': bool,
  'services.*.scale': int,
  'services.*.stdin_open': bool,
  'services.*.tty': bool,
  'services.*.ulimits.*': int,
  'services.*.ulimits.*.hard': int,
  'services.*.ulimits.*.soft': int,
  'services.*.use_api_socket': bool,
  'services.*.volumes.*.bind.create_host_path': bool,
  'services.*.volumes.*.read_only': bool,
  'services.*.volumes.*.volume.nocopy': bool,
  'networks.*.attachable': bool,
  'networks.*.enable_ipv4': bool,
  'networks.*.enable_ipv6': bool,
  'networks.*.external': bool,
  'networks.*.internal': bool,
  'volumes.*.external': bool,
  'configs.*.external': bool,
  'secrets.*.external': bool,
  'models.*.context_size': int,
};

export const castTree = ruleTree(table);
