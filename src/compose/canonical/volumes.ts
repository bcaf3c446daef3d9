import { normalize } from 'node:path';
import * as mistakes from '../errors.ts';
import { clip } from '../text/clip.ts';
import { child, mapFrom, scalar, textOf, withKey } from '../tree/node.ts';
import type { Node, Scalar } from '../tree/node.ts';
import type { Path } from '../tree/rules.ts';
import type { CanonicalContext } from './canonical.ts';

/** `[SOURCE:]TARGET[:OPTIONS]` in its long form. */
export function volumeMount(
  node: Node,
  path: Path,
  { diagnostics, interpolated }: CanonicalContext,
): Node | undefined {
  const text = textOf(node);
  if (text === undefined) return withCleanTarget(node);
  if (!interpolated && text.includes('$')) return node;
  const parts = splitMount(text);
  if (typeof parts === 'string') {
    diagnostics.report(
      {
        ...mistakes.badValue({
          message: `${path.join('.')}: invalid spec: ${clip(text)}: ${parts}`,
          mark: node.mark,
          hint: 'write `SOURCE:TARGET[:ro]`, such as `./data:/data` or `cache:/var/cache:ro`',
        }),
        code: 'COMPOSE_VOLUME',
      },
      path,
    );
    return undefined;
  }
  return { ...withCleanTarget(longForm(parts, node)), variables: node.variables };
}

/** `/data/` and `/data` are one place. */
function withCleanTarget(node: Node): Node {
  const target = child(node, 'target');
  const text = textOf(target);
  if (node.kind !== 'map' || target === undefined || !text?.startsWith('/')) return node;
  const clean = normalize(text).replace(/(?<=.)\/$/, '');
  return clean === text ? node : withKey(node, 'target', { ...target, ...scalar(clean, target.mark) });
}

interface MountParts {
  readonly source?: string | undefined;
  readonly target: string;
  readonly options: readonly string[];
}

/** A single letter before a colon is a Windows drive, not a source. */
function splitMount(text: string): MountParts | string {
  if (text === '') return 'empty volume spec';
  const sections: string[] = [];
  let section = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    const isDrive = character === ':' && /^[a-zA-Z]$/.test(section) && /[\\/]/.test(text[at + 1] ?? '');
    if (character !== ':' || isDrive) {
      section += character;
      continue;
    }
    if (section === '') return 'empty section between colons';
    sections.push(section);
    section = '';
  }
  if (section === '') return 'empty section between colons';
  sections.push(section);
  const [first = '', second, options, ...more] = sections;
  if (more.length > 0) return 'too many colons';
  if (second === undefined) return { target: first, options: [] };
  return { source: first, target: second, options: options === undefined ? [] : options.split(',') };
}

function longForm({ source, target, options }: MountParts, node: Node): Node {
  const type = source !== undefined && isPath(source) ? 'bind' : 'volume';
  const values: Record<string, Node | Scalar> = { type };
  if (source !== undefined) values['source'] = source;
  values['target'] = target;
  const bind: Record<string, Scalar> = {};
  const volume: Record<string, Scalar> = {};
  for (const option of options) {
    if (option === 'ro') values['read_only'] = true;
    else if (option === 'rw') delete values['read_only'];
    else if (option === 'nocopy') volume['nocopy'] = true;
    else if (option === 'z' || option === 'Z') bind['selinux'] = option;
    else if (/^r?(private|shared|slave)$/.test(option)) bind['propagation'] = option;
  }
  if (type === 'bind') values['bind'] = mapFrom({ create_host_path: true, ...bind }, node.mark);
  else if (Object.keys(bind).length > 0) values['bind'] = mapFrom(bind, node.mark);
  if (type === 'volume' || Object.keys(volume).length > 0) values['volume'] = mapFrom(volume, node.mark);
  return mapFrom(values, node.mark);
}

function isPath(source: string): boolean {
  return /^[./~]/.test(source) || /^[a-zA-Z]:[\\/]/.test(source) || source.startsWith('\\\\');
}
