import { expect, test } from 'vitest';
import { statusText } from '../../../src/api/mapping/status-text.ts';
import { humanDuration, rfc3339 } from '../../../src/api/mapping/times.ts';
import { matchesReference } from '../../../src/api/mapping/reference-pattern.ts';
import type { ContainerState } from '../../../src/model/container.ts';
import { containerRecord } from '../records.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [0, 'Less than a second'],
  [SECOND, '1 second'],
  [59 * SECOND, '59 seconds'],
  [MINUTE, 'About a minute'],
  [3 * MINUTE, '3 minutes'],
  [60 * MINUTE, 'About an hour'],
  [89 * MINUTE, 'About an hour'],
  [5 * HOUR, '5 hours'],
  [47 * HOUR, '47 hours'],
  [48 * HOUR, '2 days'],
  [13 * DAY, '13 days'],
  [14 * DAY, '2 weeks'],
  [61 * DAY, '2 months'],
  [800 * DAY, '2 years'],
])('%d ms are %s', (milliseconds, words) => {
  expect(humanDuration(milliseconds)).toBe(words);
});

const NOW = Date.parse('2026-01-01T01:00:00Z');

test.each<[Partial<ContainerState>, string]>([
  [{ status: 'created' }, 'Created'],
  [{ status: 'running', startedAt: '2026-01-01T00:57:00Z' }, 'Up 3 minutes'],
  [{ status: 'paused', startedAt: '2026-01-01T00:57:00Z' }, 'Up 3 minutes (Paused)'],
  [{ status: 'exited', exitCode: 137, finishedAt: '2026-01-01T00:59:55Z' }, 'Exited (137) 5 seconds ago'],
  [{ status: 'restarting', exitCode: 1, finishedAt: '2026-01-01T00:59:55Z' }, 'Restarting (1) 5 seconds ago'],
  [{ status: 'removing' }, 'Removal In Progress'],
  [{ status: 'dead' }, 'Dead'],
])('the status of %o', (state, text) => {
  expect(statusText({ ...containerRecord('web').state, ...state }, NOW)).toBe(text);
});

test.each([
  ['starting', ' (health: starting)'],
  ['healthy', ' (healthy)'],
  ['unhealthy', ' (unhealthy)'],
  ['none', ''],
] as const)('health %s shows as "%s"', (status, suffix) => {
  const health = { status, failingStreak: 0, log: [] };
  const state = {
    ...containerRecord('web').state,
    status: 'running',
    startedAt: '2026-01-01T00:57:00Z',
    health,
  } as const;
  expect(statusText(state, NOW)).toBe(`Up 3 minutes${suffix}`);
});

test('times keep their nanoseconds', () => {
  expect(rfc3339(1_767_225_600_000_000_001n)).toBe('2026-01-01T00:00:00.000000001Z');
});

test.each([
  ['redis', true],
  ['redis:7', true],
  ['redis:*', true],
  ['red*', true],
  ['redis:8', false],
  ['*/redis', false],
  ['[', false],
])('reference pattern %s', (pattern, fits) => {
  expect(matchesReference(['redis:7'], pattern)).toBe(fits);
});
