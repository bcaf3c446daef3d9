import { UsageError } from '../model/errors.ts';

export function nothingToWatch(services: readonly string[]): UsageError {
  const which = services.length === 0 ? 'no service' : `none of ${services.join(', ')}`;
  return new UsageError('WATCH_NO_RULES', `${which} says in its \`develop\` section what to watch`, {
    hint: 'add `develop: { watch: [{ path: ./src, action: sync, target: /app/src }] }` to a service',
  });
}

export function nothingToRebuild(service: string): UsageError {
  const text = `service ${service} is to be rebuilt when files change, but has no \`build\` section`;
  return new UsageError('WATCH_NO_BUILD', text, {
    hint: 'add `build:` to it, or use `action: restart` or `sync+restart`',
  });
}
