import { clip } from '../text/clip.ts';
import { closest } from '../text/closest.ts';
import { child } from '../tree/node.ts';
import type { CheckContext } from './consistency.ts';

/** Services that the command line names must be there. */
export function checkSelection({ model, disabled, wanted, diagnostics }: CheckContext): void {
  const services = child(model, 'services');
  const names = services?.kind === 'map' ? [...services.entries.keys()] : [];
  for (const name of wanted) {
    if (names.includes(name) || disabled.has(name) || diagnostics.isTainted('services', name)) continue;
    const near = closest(name, names);
    diagnostics.report({
      code: 'COMPOSE_NO_SERVICE',
      message: `no such service: ${clip(name)}`,
      hint:
        near === undefined
          ? `the project has: ${names.slice(0, 20).join(', ') || 'no service at all'}`
          : `did you mean \`${near}\`?`,
    });
  }
}

/** A secret comes from somewhere, used or not. */
export function checkSecrets({ model, diagnostics }: CheckContext): void {
  const secrets = child(model, 'secrets');
  if (secrets?.kind !== 'map') return;
  for (const [name, { key, value }] of secrets.entries) {
    const external = child(value, 'external');
    if (external?.kind === 'scalar' && external.value === true) continue;
    if (diagnostics.isTainted('secrets', name)) continue;
    if (child(value, 'file') !== undefined || child(value, 'environment') !== undefined) continue;
    diagnostics.report({
      code: 'COMPOSE_MISSING_KEY',
      message: `secret "${name}" must declare either \`file\` or \`environment\``,
      mark: key,
      hint: 'add `file: ./path`, `environment: NAME`, or `external: true` when it is made elsewhere',
    });
  }
}
