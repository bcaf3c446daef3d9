import type { Mistake } from '../diagnostics.ts';
import * as mistakes from '../errors.ts';
import { clip } from '../text/clip.ts';
import { shapes } from '../generated/compose-schema.js';
import type { SchemaError, Shape } from '../generated/compose-schema.js';
import { closest } from '../text/closest.ts';
import { nodeAt } from '../tree/node.ts';
import type { Node } from '../tree/node.ts';
import type { Path } from '../tree/rules.ts';

/** One error of the validator, in words, at its place in the YAML. */
export function mistakeFor(error: SchemaError, { path, model }: { path: Path; model: Node }): Mistake {
  const { node, key } = nodeAt(model, path);
  const place = path.join('.');
  switch (error.keyword) {
    case 'type':
      return wrongType(error, { place, node, key });
    case 'additionalProperties':
      return unknownKey(error, { path, node });
    case 'required':
      return missingKey(error, { place, mark: key ?? node.mark });
    case 'enum':
      return wrongWord(error, { place, node });
    case 'pattern':
      return mistakes.badValue({
        message: `${place} ${patternWords(place)}`,
        mark: node.mark,
        hint: patternHint(place),
      });
    case 'minimum':
    case 'maximum':
      return outOfRange(error, { place, node });
    case 'uniqueItems':
      return repeated(error, { place, node });
    default:
      return mistakes.badValue({ message: `${place} ${error.message ?? 'is not valid'}`, mark: node.mark });
  }
}

interface Place {
  readonly place: string;
  readonly node: Node;
}

function wrongType(
  error: SchemaError,
  { place, node, key }: Place & { key: Node['mark'] | undefined },
): Mistake {
  const types = [error.params['type']].flat().map(String);
  const wanted = joined(wordsFor(types));
  const isEmptyNull = node.kind === 'scalar' && node.mark.start === node.mark.end;
  const mark = isEmptyNull && key !== undefined ? key : node.mark;
  return mistakes.wrongType({ path: place, wanted, got: shown(node), mark, hint: typeHint(types, node) });
}

/** The type that people think of: `string` stands beside `boolean` or `integer` only for values with variables. */
function wordsFor(types: readonly string[]): string[] {
  const words: Readonly<Record<string, string>> = {
    object: 'a mapping',
    array: 'a list',
    string: 'a string',
    boolean: 'a boolean',
    integer: 'an integer',
    number: 'a number',
    null: 'null',
  };
  const isTyped = types.some((type) => type === 'boolean' || type === 'integer' || type === 'number');
  const isText = types.length === 2 && isTyped;
  return types.filter((type) => !(isText && type === 'string')).map((type) => words[type] ?? type);
}

function joined(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

function shown(node: Node): string {
  if (node.kind === 'map') return 'a mapping';
  if (node.kind === 'sequence') return 'a list';
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'string') return JSON.stringify(clip(node.value));
  return `${typeof node.value === 'boolean' ? 'the boolean' : 'the number'} ${String(node.value)}`;
}

function typeHint(types: readonly string[], node: Node): string {
  const isScalar = node.kind === 'scalar' && node.value !== null;
  if (isScalar && typeof node.value !== 'string' && types.includes('string')) {
    return `put it in quotes: \`"${String(node.value)}"\``;
  }
  if (types.includes('array') && isScalar) return `write it as a list: \`- ${clip(String(node.value))}\``;
  if (types.includes('array') && node.kind === 'map')
    return 'write a list: each item on a line of its own, behind `- `';
  if (types.includes('object') && node.kind === 'sequence')
    return 'write `key: value` lines, without `- ` in front';
  if (types.includes('object'))
    return 'write its attributes below it, as `key: value` lines with more indentation';
  if (types.length > 2) return 'write a single value, on the line of the key';
  if (types.includes('boolean')) return 'write `true` or `false`';
  if (types.includes('integer')) return 'write a whole number, such as `2`';
  if (types.includes('number')) return 'write a number';
  return node.kind === 'scalar'
    ? 'give it a value, or remove the line'
    : 'write a single value, on the line of the key';
}

function unknownKey({ params }: SchemaError, { path, node }: { path: Path; node: Node }): Mistake {
  const key = String(params['additionalProperty']);
  const mark = (node.kind === 'map' ? node.entries.get(key)?.key : undefined) ?? node.mark;
  const allowed = allowedAt(path);
  if (allowed.length === 0) {
    return mistakes.badValue({
      message: `${path.join('.')}: ${JSON.stringify(clip(key))} is not a valid name`,
      mark,
      hint: 'names consist of letters, digits, `.`, `_` and `-`',
    });
  }
  return mistakes.unknownKey({
    path: path.join('.'),
    key,
    mark,
    suggestion: suggestionFor(key, path, allowed),
    allowed,
  });
}

/** A near key of this object; else, at the top level, where the key would belong. */
function suggestionFor(key: string, path: Path, allowed: readonly string[]): string | undefined {
  const near = closest(key, allowed);
  if (near !== undefined) return near;
  const known: Readonly<Record<string, string>> = {
    env: 'environment',
    envs: 'environment',
    cmd: 'command',
    dependencies: 'depends_on',
    mounts: 'volumes',
    cpu: 'cpus',
    memory: 'mem_limit',
    replicas: 'deploy.replicas',
    container: 'container_name',
    workdir: 'working_dir',
    cwd: 'working_dir',
  };
  const word = known[key.toLowerCase()];
  return path[0] === 'services' && path.length === 2 ? word : undefined;
}

/** The keys that the object at a path takes; none when any name will do. */
export function allowedAt(path: Path): string[] {
  let shape = resolved('');
  for (const segment of path) {
    const next: Shape | undefined =
      typeof segment === 'number' ? shape.items : (shape.keys?.[segment] ?? shape.any);
    if (next === undefined) return [];
    shape = typeof next === 'string' ? resolved(next) : next;
  }
  return Object.keys(shape.keys ?? {});
}

function resolved(name: string): Exclude<Shape, string> {
  const shape = shapes[name];
  return shape === undefined || typeof shape === 'string' ? {} : shape;
}

function missingKey(
  { params }: SchemaError,
  { place, mark }: { place: string; mark: Node['mark'] },
): Mistake {
  const key = String(params['missingProperty']);
  return mistakes.missingKey({ path: place, key, mark, hint: `add \`${key}: …\`` });
}

function wrongWord({ params }: SchemaError, { place, node }: Place): Mistake {
  const allowed = Array.isArray(params['allowedValues']) ? params['allowedValues'].map(String) : [];
  const near = node.kind === 'scalar' ? closest(String(node.value), allowed) : undefined;
  return mistakes.badValue({
    message: `${place} must be one of ${allowed.join(', ')}, got ${shown(node)}`,
    mark: node.mark,
    hint:
      near === undefined ? `write one of them, such as \`${allowed[0] ?? ''}\`` : `did you mean \`${near}\`?`,
  });
}

function outOfRange({ params, keyword }: SchemaError, { place, node }: Place): Mistake {
  const limit = String(params['limit']);
  const words =
    keyword === 'minimum' ? `greater than or equal to ${limit}` : `less than or equal to ${limit}`;
  return mistakes.badValue({
    message: `${place} must be ${words}, got ${shown(node)}`,
    mark: node.mark,
    hint: `write a number that is ${words}`,
  });
}

function repeated({ params }: SchemaError, { place, node }: Place): Mistake {
  const index = Number(params['i']);
  const other = Number(params['j']);
  const mark = (node.kind === 'sequence' ? node.items[Math.max(index, other)]?.mark : undefined) ?? node.mark;
  return mistakes.badValue({
    message: `${place}: items at ${String(Math.min(index, other))} and ${String(Math.max(index, other))} are equal`,
    mark,
    hint: 'remove one of the two',
  });
}

function patternWords(place: string): string {
  if (place.endsWith('container_name'))
    return 'must start with a letter or digit, followed by letters, digits, `_`, `.` or `-`';
  return 'is not one of the known policies';
}

function patternHint(place: string): string {
  if (place.endsWith('container_name')) return 'choose a name of at least two such characters';
  return 'write always, never, missing, build, daily, weekly, or `every_12h`';
}
