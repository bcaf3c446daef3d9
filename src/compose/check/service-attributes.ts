import * as mistakes from '../errors.ts';
import { child, textOf } from '../tree/node.ts';
import type { Node } from '../tree/node.ts';
import type { ServiceCheck } from './consistency.ts';

/** Attributes of one service that need, or exclude, each other. */
export function checkServiceAttributes(check: ServiceCheck): void {
  for (const rule of [image, dockerfiles, platforms, networkModes, healthcheck, scale, watch, macAddress])
    rule(check);
}

function image({ name, service, model, diagnostics }: ServiceCheck): void {
  if (textOf(service, 'image') || service.entries.has('build') || service.entries.has('provider')) return;
  if (diagnostics.isTainted('services', name)) return;
  const services = child(model, 'services');
  const key = services?.kind === 'map' ? services.entries.get(name)?.key : undefined;
  diagnostics.report(mistakes.noImage(name, key ?? service.mark), ['services', name]);
}

function dockerfiles({ name, service, diagnostics }: ServiceCheck): void {
  const build = child(service, 'build');
  const inline = build?.kind === 'map' ? build.entries.get('dockerfile_inline') : undefined;
  if (inline === undefined || !textOf(build, 'dockerfile')) return;
  diagnostics.report(
    mistakes.conflict({
      message: `service "${name}" declares mutually exclusive dockerfile and dockerfile_inline`,
      mark: inline.key,
      hint: 'keep one of the two',
    }),
  );
}

function platforms({ name, service, diagnostics }: ServiceCheck): void {
  const platform = child(service, 'platform');
  const list = child(child(service, 'build'), 'platforms');
  const text = textOf(platform);
  if (platform === undefined || !text || list?.kind !== 'sequence' || list.items.length === 0) return;
  if (list.items.some((item) => textOf(item) === text)) return;
  diagnostics.report(
    mistakes.conflict({
      message: `service "${name}": build.platforms must include platform "${text}"`,
      mark: list.mark,
      hint: `add \`- ${text}\` to build.platforms`,
    }),
  );
}

function networkModes({ name, service, diagnostics }: ServiceCheck): void {
  const mode = service.entries.get('network_mode');
  const networks = child(service, 'networks');
  if (mode === undefined || !textOf(mode.value) || networks?.kind !== 'map' || networks.entries.size === 0)
    return;
  diagnostics.report(
    mistakes.conflict({
      message: `service "${name}" declares mutually exclusive \`network_mode\` and \`networks\``,
      mark: mode.key,
      hint: 'keep one of the two: a service either joins networks, or uses the namespace of something else',
    }),
  );
}

function healthcheck({ name, service, diagnostics }: ServiceCheck): void {
  const check = child(service, 'healthcheck');
  const test = child(check, 'test');
  const first = test?.kind === 'sequence' ? test.items[0] : undefined;
  if (first !== undefined && !['CMD', 'CMD-SHELL', 'NONE'].includes(textOf(first) ?? '')) {
    diagnostics.report(
      mistakes.badValue({
        message: `service "${name}": healthcheck.test must start either by "CMD", "CMD-SHELL" or "NONE"`,
        mark: first.mark,
        hint: 'put `CMD` in front of the list, or write the probe as one text for the shell',
      }),
    );
  }
}

function scale({ name, service, diagnostics }: ServiceCheck): void {
  const own = child(service, 'scale');
  const replicas = child(child(service, 'deploy'), 'replicas');
  const counts = [own, replicas].map((node) => (node?.kind === 'scalar' ? node.value : undefined));
  const [ownCount, replicaCount] = counts;
  if (own !== undefined && replicas !== undefined && ownCount !== replicaCount) {
    const message = `services.${name}: can't set distinct values on 'scale' and 'deploy.replicas'`;
    diagnostics.report(mistakes.conflict({ message, mark: own.mark, hint: 'keep one of the two' }));
  }
  for (const node of [own, replicas]) {
    if (node?.kind !== 'scalar' || typeof node.value !== 'number' || node.value >= 0) continue;
    const message = `services.${name}: the number of containers must be greater than or equal to 0`;
    diagnostics.report(mistakes.badValue({ message, mark: node.mark, hint: 'write 0 for none' }));
  }
  const containerName = service.entries.get('container_name');
  const count = Number(ownCount ?? replicaCount ?? 1);
  if (containerName === undefined || count <= 1) return;
  const attribute = own === undefined ? 'deploy.replicas' : 'scale';
  diagnostics.report(
    mistakes.conflict({
      message: `services.${name}: can't set container_name and ${attribute} as container name must be unique`,
      mark: containerName.key,
      hint: 'remove container_name; the containers are then numbered',
    }),
  );
}

function watch({ name, service, diagnostics }: ServiceCheck): void {
  const rules = child(child(service, 'develop'), 'watch');
  for (const rule of rules?.kind === 'sequence' ? rules.items : []) {
    const action = textOf(rule, 'action');
    if (action === undefined || action === 'rebuild' || action === 'restart' || textOf(rule, 'target'))
      continue;
    diagnostics.report(
      mistakes.missingKey({
        path: `services.${name}.develop.watch`,
        key: 'target',
        mark: child(rule, 'action')?.mark ?? rule.mark,
        hint: `target is required for non-rebuild actions: add \`target: /path\`, where \`${action}\` puts the files`,
      }),
    );
  }
}

/** The engine knows one hardware address for the main network. */
function macAddress({ name, service, diagnostics }: ServiceCheck): void {
  const own = textOf(service, 'mac_address');
  const networks = child(service, 'networks');
  if (!own || networks?.kind !== 'map') return;
  const main = mainNetwork(networks.entries);
  const address = main && child(main.value, 'mac_address');
  if (main === undefined || address === undefined || textOf(address) === own) return;
  diagnostics.report(
    mistakes.conflict({
      message: `services.${name}.mac_address should have the same value as service.networks.${main.key}.mac_address`,
      mark: address.mark,
      hint: 'keep one of the two',
    }),
  );
}

function mainNetwork(
  entries: ReadonlyMap<string, { value: Node }>,
): { key: string; value: Node } | undefined {
  const ranked = [...entries].map(([key, { value }]) => {
    const priority = child(value, 'priority');
    return { key, value, priority: priority?.kind === 'scalar' ? Number(priority.value) : 0 };
  });
  ranked.sort((a, b) => b.priority - a.priority || (a.key < b.key ? -1 : 1));
  return ranked[0];
}
