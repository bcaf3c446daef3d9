import { isIpAddress } from '../canonical/ip-address.ts';
import type { Diagnostics } from '../diagnostics.ts';
import * as mistakes from '../errors.ts';
import { clip } from '../text/clip.ts';
import { child, textOf } from '../tree/node.ts';
import type { MapNode, Node } from '../tree/node.ts';
import { rewriteTree, ruleTree } from '../tree/rules.ts';
import type { Path, RuleTable } from '../tree/rules.ts';

/** Reports what is wrong with single objects, whatever else the model holds. Expects the canonical form. */
export function checkSemantics(model: Node, diagnostics: Diagnostics): void {
  rewriteTree(model, { rules, context: diagnostics });
}

type Check = (node: MapNode, path: Path, diagnostics: Diagnostics) => void;

const externalAlone: Check = (node, path, diagnostics) => {
  if (!isTrue(child(node, 'external'))) return;
  for (const [key, { key: mark }] of node.entries) {
    if (key === 'external' || key === 'name' || key.startsWith('x-')) continue;
    diagnostics.report(
      mistakes.conflict({
        message: `${path.join('.')}: conflicting parameters "external" and "${key}" specified`,
        mark,
        hint: `an external volume is made elsewhere: remove \`${key}\`, or remove \`external\``,
      }),
      path,
    );
  }
};

/** Exactly one of the keys says where the content comes from. */
const oneSource =
  (...keys: readonly string[]): Check =>
  (node, path, diagnostics) => {
    const [first, second] = keys.flatMap((key) => node.entries.get(key) ?? []);
    const place = path.join('.');
    if (first !== undefined && second !== undefined) {
      const message = `${place}: ${keys.join('|')} attributes are mutually exclusive`;
      diagnostics.report(
        mistakes.conflict({ message, mark: second.key, hint: 'keep the one that holds the content' }),
        path,
      );
    } else if (first === undefined && !node.entries.has('driver') && !node.entries.has('external')) {
      const message = `${place}: one of ${keys.join('|')} must be set`;
      const hint = `add \`${keys[0] ?? ''}: …\`, or \`external: true\` when it is made elsewhere`;
      diagnostics.report(
        { ...mistakes.badValue({ message, mark: node.mark, hint }), code: 'COMPOSE_MISSING_KEY' },
        path,
      );
    }
  };

const mount: Check = (node, path, diagnostics) => {
  const type = textOf(node, 'type');
  if (type === 'bind' && !textOf(node, 'source')) {
    const message = `${path.join('.')}: invalid mount config for type "bind": field Source must not be empty`;
    const hint = 'add `source: ./path` for the folder of the host';
    diagnostics.report(
      { ...mistakes.badValue({ message, mark: node.mark, hint }), code: 'COMPOSE_VOLUME' },
      path,
    );
  }
  if (!textOf(node, 'target')) {
    const message = `${path.join('.')}: field Target must not be empty`;
    const hint = 'add `target: /path` for the place in the container';
    diagnostics.report(
      { ...mistakes.badValue({ message, mark: node.mark, hint }), code: 'COMPOSE_VOLUME' },
      path,
    );
  }
};

const port: Check = (node, path, diagnostics) => {
  const address = child(node, 'host_ip');
  const text = textOf(address);
  if (address === undefined || text === undefined || text === '' || isIpAddress(text)) return;
  diagnostics.report(
    {
      ...mistakes.badValue({
        message: `${path.join('.')}.host_ip: invalid ip address: ${clip(text)}`,
        mark: address.mark,
        hint: 'write an address of the host, such as 127.0.0.1 or ::1; names are not resolved',
      }),
      code: 'COMPOSE_PORT',
    },
    path,
  );
};

const watchedPath: Check = (node, path, diagnostics) => {
  const found = child(node, 'path');
  if (found === undefined || textOf(found) !== '') return;
  const message = `${path.join('.')}.path: value can't be blank`;
  diagnostics.report(
    mistakes.badValue({ message, mark: found.mark, hint: 'name the file or folder to watch' }),
    path,
  );
};

function isTrue(node: Node | undefined): boolean {
  return node?.kind === 'scalar' && node.value === true;
}

const table: RuleTable<Check> = {
  'services.*.develop.watch.*': watchedPath,
  'services.*.ports.*': port,
  'services.*.volumes.*': mount,
  'configs.*': oneSource('file', 'environment', 'content'),
  'secrets.*': oneSource('file', 'environment'),
  'volumes.*': externalAlone,
};

const rules = ruleTree(
  Object.fromEntries(
    Object.entries(table).map(([pattern, check]) => [
      pattern,
      (node: Node, path: Path, diagnostics: Diagnostics): Node => {
        if (node.kind === 'map' && !diagnostics.isTainted(String(path[0]), String(path[1])))
          check(node, path, diagnostics);
        return node;
      },
    ]),
  ),
);
