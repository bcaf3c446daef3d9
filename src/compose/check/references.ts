import * as mistakes from '../errors.ts';
import { closest } from '../text/closest.ts';
import type { Mark } from '../text/source-text.ts';
import { child, textOf } from '../tree/node.ts';
import type { Node } from '../tree/node.ts';
import { profilesOf } from '../profiles.ts';
import type { ServiceCheck } from './consistency.ts';

/** What a service names must be there: networks, volumes, configs, secrets, models, other services. */
export function checkReferences(check: ServiceCheck): void {
  const { service } = check;
  for (const { name, mark } of keysOf(child(service, 'networks')))
    require(check, { kind: 'networks', word: 'network', name, mark });
  for (const item of itemsOf(service, 'volumes')) {
    const source = child(item, 'source');
    const name = textOf(source);
    if (textOf(item, 'type') !== 'volume' || source === undefined || !name) continue;
    require(check, { kind: 'volumes', word: 'volume', name, mark: source.mark });
  }
  grants(check, {
    items: itemsOf(child(service, 'build'), 'secrets'),
    kind: 'secrets',
    word: 'build secret',
  });
  grants(check, { items: itemsOf(service, 'configs'), kind: 'configs', word: 'config' });
  grants(check, { items: itemsOf(service, 'secrets'), kind: 'secrets', word: 'secret' });
  for (const { name, mark } of keysOf(child(service, 'models')))
    require(check, { kind: 'models', word: 'model', name, mark });
  dependencies(check);
  additionalContexts(check);
}

interface Reference {
  readonly kind: string;
  readonly word: string;
  readonly name: string;
  readonly mark: Mark;
}

function require(check: ServiceCheck, { kind, word, name, mark }: Reference): void {
  const objects = child(check.model, kind);
  if (objects?.kind === 'map' && objects.entries.has(name)) return;
  if (check.diagnostics.isTainted(kind, name)) return;
  const near = objects?.kind === 'map' ? closest(name, objects.entries.keys()) : undefined;
  check.diagnostics.report(
    mistakes.undefinedReference({
      message: `service "${check.name}" refers to undefined ${word} ${name}`,
      mark,
      hint:
        near === undefined
          ? `define it at the top level: \`${kind}:\` with \`${name}:\` below it`
          : `did you mean \`${near}\`? Else define \`${name}:\` below \`${kind}:\` at the top level`,
    }),
  );
}

function grants(
  check: ServiceCheck,
  { items, kind, word }: { items: readonly Node[]; kind: string; word: string },
): void {
  for (const item of items) {
    const source = child(item, 'source');
    const name = textOf(source);
    if (source !== undefined && name) require(check, { kind, word, name, mark: source.mark });
  }
}

function dependencies(check: ServiceCheck): void {
  const { name, service, disabled, model, diagnostics } = check;
  const services = child(model, 'services');
  for (const dependency of keysOf(child(service, 'depends_on'))) {
    if (services?.kind === 'map' && services.entries.has(dependency.name)) continue;
    if (diagnostics.isTainted('services', dependency.name)) continue;
    const profiles = disabled.has(dependency.name) ? profilesOf(disabled.get(dependency.name)) : [];
    const near = services?.kind === 'map' ? closest(dependency.name, services.entries.keys()) : undefined;
    diagnostics.report(
      mistakes.undefinedReference({
        message: `service "${name}" depends on undefined service "${dependency.name}"`,
        mark: dependency.mark,
        hint: dependencyHint({ name: dependency.name, profiles, near }),
      }),
    );
  }
}

function dependencyHint({
  name,
  profiles,
  near,
}: {
  name: string;
  profiles: readonly string[];
  near: string | undefined;
}): string {
  const [profile] = profiles;
  if (profile !== undefined) {
    return `\`${name}\` is switched off by its profile: add \`--profile ${profile}\`, or \`required: false\` to the dependency`;
  }
  if (near !== undefined) return `did you mean \`${near}\`?`;
  return `define \`${name}:\` below \`services:\`, or remove the dependency`;
}

/** A build context `service:x` is the image that x builds. */
function additionalContexts({ name, service, model, disabled, diagnostics }: ServiceCheck): void {
  const contexts = child(child(service, 'build'), 'additional_contexts');
  const services = child(model, 'services');
  if (contexts?.kind !== 'map') return;
  for (const [key, { value }] of contexts.entries) {
    const target = /^service:(.*)$/.exec(textOf(value) ?? '')?.[1];
    if (target === undefined) continue;
    const found = child(services, target) ?? disabled.get(target);
    if (found !== undefined && child(found, 'build') !== undefined) continue;
    const problem = found === undefined ? 'unknown' : 'non-buildable';
    diagnostics.report(
      mistakes.undefinedReference({
        message: `service "${name}" declares ${problem} service "${target}" as additional contexts ${key}`,
        mark: value.mark,
        hint:
          found === undefined
            ? 'name a service of this project'
            : `give \`${target}\` a \`build:\`, or name its image with docker-image://`,
      }),
    );
  }
}

function keysOf(node: Node | undefined): { name: string; mark: Mark }[] {
  return node?.kind === 'map' ? [...node.entries].map(([name, { key }]) => ({ name, mark: key })) : [];
}

function itemsOf(node: Node | undefined, key: string): readonly Node[] {
  const list = child(node, key);
  return list?.kind === 'sequence' ? list.items : [];
}
