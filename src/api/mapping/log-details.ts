import type { ContainerRecord } from '../../model/container.ts';

/** What the log options ask to be told with each line, as the Docker CLI's `logs --details` shows it: `env=x,label=y`. */
export function logDetails({ spec, process }: ContainerRecord): string {
  const { labels, env, 'labels-regex': labelsRegex, 'env-regex': envRegex, tag } = spec.logOptions;
  const variables = Object.fromEntries(
    process.env.flatMap((entry) => {
      const at = entry.indexOf('=');
      return at < 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)]];
    }),
  );
  const told = {
    ...chosen(process.labels, labels, labelsRegex),
    ...chosen(variables, env, envRegex),
    ...(tag && { tag }),
  };
  return Object.entries(told)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join(',');
}

function chosen(
  all: Readonly<Record<string, string>>,
  names: string | undefined,
  pattern: string | undefined,
): Record<string, string> {
  const wanted = (names ?? '').split(',');
  const fits = (name: string): boolean =>
    wanted.includes(name) || (pattern !== undefined && pattern !== '' && new RegExp(pattern).test(name));
  return Object.fromEntries(Object.entries(all).filter(([name]) => fits(name)));
}
