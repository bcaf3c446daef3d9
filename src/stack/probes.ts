import type { HealthcheckModel, Project, ServiceModel } from '../model/compose.ts';
import { ComposeError } from '../model/errors.ts';

const KEY = 'x-probe';

/** Often and patient: an engine's probe costs next to nothing, and most services take a while to be ready. */
const DEFAULTS: HealthcheckModel = {
  interval: '10s',
  timeout: '5s',
  retries: 3,
  start_period: '1m0s',
  start_interval: '1s',
};
/** The log is waited on: a probe that ends well does so at once. */
const LOG_DEFAULTS: HealthcheckModel = { ...DEFAULTS, timeout: '30s' };
const TIMES = ['interval', 'timeout', 'start_period', 'start_interval'] as const;

/**
 * The project with the health checks that `x-probe` of its services stands for: the engine makes them from inside the
 * network namespace, with nothing needed in the image.
 * @throws {ComposeError} COMPOSE_PROBE_INVALID
 */
export function withProbes(project: Project): Project {
  const services = Object.entries(project.model.services).map(([name, service]) => {
    if (service[KEY] === undefined || service[KEY] === null) return [name, service] as const;
    return [name, { ...service, healthcheck: healthcheckOf(project, name, service) }] as const;
  });
  return { ...project, model: { ...project.model, services: Object.fromEntries(services) } };
}

function healthcheckOf(project: Project, name: string, service: ServiceModel): HealthcheckModel {
  const fail = (why: string): ComposeError =>
    new ComposeError('COMPOSE_PROBE_INVALID', `service "${name}": ${KEY} ${why}`, {
      at: project.at(['services', name, KEY]),
      hint: 'such as {tcp: 5432}, {http: "8080/health"} or {log: "ready to accept"}',
    });
  const probe = service[KEY];
  if (typeof probe !== 'object' || probe === null || Array.isArray(probe)) throw fail('is no mapping');
  if (service.healthcheck?.test) throw fail('and healthcheck.test exclude each other');
  const { tcp, http, log, status, ...rest } = probe as Readonly<Record<string, unknown>>;
  const kinds = [tcp, http, log].filter((value) => value !== undefined);
  if (kinds.length !== 1) throw fail('takes one of tcp, http and log');
  const unknown = Object.keys(rest).find((key) => key !== 'retries' && !TIMES.some((time) => time === key));
  if (unknown !== undefined) throw fail(`knows no ${unknown}`);
  if (status !== undefined && (http === undefined || !/^[1-5]\d\d$/.test(textOf(status))))
    throw fail('takes a status with http only, such as 204');
  if (rest['retries'] !== undefined && !(Number.isInteger(rest['retries']) && Number(rest['retries']) > 0))
    throw fail('has retries that are no whole number');
  const wrong = TIMES.find((key) => rest[key] !== undefined && !isDuration(rest[key]));
  if (wrong !== undefined) throw fail(`has a ${wrong} that is no duration such as 2s`);
  const test =
    log !== undefined
      ? logTest(log, fail)
      : tcp !== undefined
        ? ['TCP', portOf(tcp, fail)]
        : httpTest(http, status, fail);
  return { ...(log === undefined ? DEFAULTS : LOG_DEFAULTS), ...rest, test };
}

type Fail = (why: string) => ComposeError;

/** Of a number or a text; empty for all else. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function isDuration(value: unknown): boolean {
  return typeof value === 'string' && /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w))+$/.test(value);
}

function portOf(value: unknown, fail: Fail): string {
  const text = textOf(value);
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535)
    throw fail(`has a port that is none: ${JSON.stringify(value)}`);
  return text;
}

/** `8080`, `8080/health`, `/health` (port 80), `http://localhost:8080/health`. */
function httpTest(value: unknown, status: unknown, fail: Fail): string[] {
  const text = textOf(value).replace(/^http:\/\/(?:localhost|127\.0\.0\.1)(?::(?=\d)|(?=\/|$))/, '');
  const [, port = '', path = ''] = /^(\d*)(\/[\x21-\x7e]*)?$/.exec(text) ?? [];
  if (port === '' && path === '') throw fail(`has an address that is none: ${JSON.stringify(value)}`);
  const asked = status === undefined ? [] : [textOf(status)];
  return ['HTTP', portOf(port === '' ? 80 : port, fail), path === '' ? '/' : path, ...asked];
}

function logTest(value: unknown, fail: Fail): string[] {
  const text = textOf(value);
  try {
    RegExp(text);
  } catch {
    throw fail(`has a log that is no regular expression: ${JSON.stringify(value)}`);
  }
  if (text === '') throw fail('has a log that is empty');
  return ['LOG', text];
}
