import type { ComposePath, ComposeWarning, Project } from '../../model/compose.ts';
import { closest } from '../text/closest.ts';

/** The keys that Berth itself reads among those that begin with `x-`: how they are written, and what they do. */
export const ownKeys = [
  {
    key: 'x-berth.bind',
    example: 'x-berth: {bind: 127.0.0.1}',
    effect: 'the address of every published port that names none; `BERTH_BIND` is stronger',
  },
  {
    key: 'x-berth.dns',
    example: 'x-berth: {dns: healthy}',
    effect: 'names lead to replicas that are healthy, while there is one',
  },
  {
    key: 'services.*.x-probe',
    example: 'services.*.x-probe',
    effect:
      'a health check that the engine makes itself: `{tcp: 5432}`, `{http: 8080/health}`, `{log: ready}`',
  },
  {
    key: 'services.*.x-restart-on-unhealthy',
    example: 'services.*.x-restart-on-unhealthy: true',
    effect: 'a container that is unhealthy is restarted, with the delays of a restart policy',
  },
] as const;

/**
 * Says where a file means one of Berth's keys and misses it: anything else below `x-berth`, and keys of services that
 * are nearly ours. Other `x-` keys are notes of the user's.
 */
export function missedKeys(project: Project): ComposeWarning[] {
  const ours = keysBelow('x-berth.');
  const top = below(project.model['x-berth'])
    .filter((key) => !ours.includes(key))
    .map((key) => missed(project, ['x-berth', key], { name: key, ours }));
  const ofServices = keysBelow('services.*.');
  const nearly = Object.entries(project.model.services).flatMap(([service, settings]) =>
    below(settings)
      .filter((key) => key.startsWith('x-') && !ofServices.includes(key) && closest(key, ofServices))
      .map((key) => missed(project, ['services', service, key], { name: key, ours: ofServices })),
  );
  return [...top, ...nearly];
}

function keysBelow(prefix: string): string[] {
  return ownKeys.filter(({ key }) => key.startsWith(prefix)).map(({ key }) => key.slice(prefix.length));
}

function below(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function missed(
  project: Project,
  path: ComposePath,
  { name, ours }: { name: string; ours: readonly string[] },
): ComposeWarning {
  const near = closest(name, ours);
  const advice = near === undefined ? `known are ${ours.join(' and ')}` : `did you mean \`${near}\`?`;
  const at = project.at(path);
  return {
    code: 'COMPOSE_DIFFERENT',
    text: `${path.join('.')} is not read by Berth: ${advice}`,
    ...(at && { at }),
  };
}
