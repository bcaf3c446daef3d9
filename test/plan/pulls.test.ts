import { describe, expect, test } from 'vitest';
import { pullCause } from '../../src/plan/pulls.ts';
import { nothing, shop, upText } from './situation.ts';

const hourMs = 3_600_000;

/** Why `up` fetches the image of a service with this policy; `ageHours` undefined: it is not there. */
function reason(
  service: Record<string, unknown>,
  about: { ageHours?: number; pull?: string; pulled?: boolean } = {},
): string | undefined {
  const { ageHours, pull, pulled = false } = about;
  const project = shop({ services: { web: { image: 'nginx', ...service } } });
  const isThere = ageHours !== undefined;
  const observed = {
    ...nothing,
    images: isThere ? { nginx: 'sha256:a' } : {},
    imageTimes: isThere ? { nginx: 1000 * hourMs - ageHours * hourMs } : {},
    nowMs: 1000 * hourMs,
  };
  return pullCause({ project, observed, request: { pull, pulled } }, 'web', 'nginx')?.text;
}

describe('an image that is not there', () => {
  test.each(['missing', 'if_not_present', 'always', 'daily', 'weekly', 'every_12h', 'refresh'])(
    'is fetched by %s',
    (policy) => expect(reason({ pull_policy: policy })).toBe('not there yet'),
  );

  test.each(['never', 'build'])('is not by %s', (policy) =>
    expect(reason({ pull_policy: policy })).toBeUndefined(),
  );
});

describe('an image that is there', () => {
  test.each([
    ['missing', 1000, undefined],
    ['never', 1000, undefined],
    ['always', 0, 'pull policy: always'],
    ['daily', 23, undefined],
    ['daily', 25, 'fetched over 1 d ago'],
    ['weekly', 167, undefined],
    ['weekly', 169, 'fetched over 1 w ago'],
    ['every_90m', 1, undefined],
    ['every_1d12h', 35, undefined],
    ['every_1d12h', 37, 'fetched over 36 h ago'],
  ])('%s, %i hours old: %s', (policy, ageHours, expected) => {
    expect(reason({ pull_policy: policy }, { ageHours })).toBe(expected);
  });

  test('pull_refresh_after counts for refresh', () => {
    const service = { pull_policy: 'refresh', pull_refresh_after: '2h' };
    expect(reason(service, { ageHours: 1 })).toBeUndefined();
    expect(reason(service, { ageHours: 3 })).toBe('fetched over 2 h ago');
  });

  test('is not fetched again after it just was', () => {
    expect(reason({ pull_policy: 'always' }, { ageHours: 0, pulled: true })).toBeUndefined();
  });
});

test('the request is stronger than the file', () => {
  expect(reason({ pull_policy: 'never' }, { ageHours: 0, pull: 'always' })).toBe('pull policy: always');
  expect(reason({ pull_policy: 'always' }, { pull: 'never' })).toBeUndefined();
});

test('a policy that does not exist is refused with its place', () => {
  expect(() => reason({ pull_policy: 'sometimes' })).toThrow('"sometimes" is no pull policy');
  expect(() => reason({ pull_policy: 'every_fortnight' })).toThrow('is no pull policy');
});

test('one image of two services is fetched once, before either container', () => {
  const project = shop({ services: { a: { image: 'nginx' }, b: { image: 'nginx' } } });
  const text = upText(project, nothing);
  expect(text.match(/pull-image nginx/g)).toHaveLength(1);
  expect(text).toMatch(/pull-image nginx[\s\S]*create-container shop-a-1[\s\S]*create-container shop-b-1/);
});
