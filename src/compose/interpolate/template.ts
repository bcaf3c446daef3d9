/** How a template looks names up, and whom it tells. */
export interface TemplateContext {
  readonly lookup: (name: string) => string | undefined;
  /** Called for each name that took part in the result. `value` is what was found, not the default. */
  readonly used?: (name: string, value: string | undefined, usedDefault: boolean) => void;
  /** Called for a name that is not set and has no default: its value is then ''. */
  readonly unset?: (name: string) => void;
}

/** What is wrong with a template, and where in its text. */
export class TemplateError extends Error {
  readonly kind: 'format' | 'required';
  readonly offset: number;
  readonly length: number;
  /** The required variable. */
  readonly variable: string;

  constructor(
    message: string,
    {
      kind,
      offset,
      length,
      variable = '',
    }: { kind: 'format' | 'required'; offset: number; length: number; variable?: string },
  ) {
    super(message);
    this.kind = kind;
    this.offset = offset;
    this.length = length;
    this.variable = variable;
  }
}

/** Defaults may hold variables with defaults; nobody writes this many inside each other. */
const NESTING_MAX = 100;

/**
 * Replaces `$NAME`, `${NAME}` and the six operators `:-` `-` `:?` `?` `:+` `+`; `$$` becomes `$`, and a `$` before
 * anything else stays. What stands behind an operator is itself a template, looked at only when it is needed.
 *
 * @throws {TemplateError} for a broken `${…}`, and for a required variable that is missing
 */
export function substitute(text: string, context: TemplateContext): string {
  return expand(text, context, { offset: 0, depth: 0 });
}

interface Place {
  /** Where `text` starts within the whole template. */
  readonly offset: number;
  readonly depth: number;
}

const NAME = /[_a-zA-Z][_a-zA-Z0-9]*/y;

function expand(text: string, context: TemplateContext, place: Place): string {
  let at = text.indexOf('$');
  if (at === -1) return text;
  let result = text.slice(0, at);
  while (at < text.length) {
    const next = text[at + 1];
    if (next === '$') {
      result += '$';
      at += 2;
    } else if (next === '{') {
      const end = closingBrace(text, at);
      if (end === -1) throw formatError('the `${` is not closed', { at, end: text.length, place });
      result += expandBraces(text.slice(at, end + 1), context, {
        offset: place.offset + at,
        depth: place.depth + 1,
      });
      at = end + 1;
    } else {
      const name = nameAt(text, at + 1);
      result += name === '' ? '$' : valueOf(name, context);
      at += 1 + name.length;
    }
    const following = text.indexOf('$', at);
    result += text.slice(at, following === -1 ? text.length : following);
    at = following === -1 ? text.length : following;
  }
  return result;
}

/** Expands one `${NAME…}`. */
function expandBraces(text: string, context: TemplateContext, place: Place): string {
  const problem = (words: string): TemplateError => formatError(words, { at: 0, end: text.length, place });
  if (place.depth > NESTING_MAX) throw problem('variables are nested too deep');
  const name = nameAt(text, 2);
  if (name === '')
    throw problem(
      text === '${}' ? 'a name is missing between the braces' : 'a name starts with a letter or `_`',
    );
  const rest = text.slice(2 + name.length, -1);
  if (rest === '') return valueOf(name, context);
  const operator = /^:?[-?+]/.exec(rest)?.[0];
  if (operator === undefined) throw problem(`\`${rest.slice(0, 20)}\` can not follow the name`);
  const value = context.lookup(name);
  const present = value !== undefined && (operator.length === 1 || value !== '');
  const inner = (): string =>
    expand(rest.slice(operator.length), context, {
      offset: place.offset + 2 + name.length + operator.length,
      depth: place.depth,
    });
  return applyOperator({
    operator: operator.at(-1) ?? '',
    name,
    value,
    present,
    inner,
    context,
    place,
    length: text.length,
  });
}

interface Application {
  readonly operator: string;
  readonly name: string;
  readonly value: string | undefined;
  readonly present: boolean;
  readonly inner: () => string;
  readonly context: TemplateContext;
  readonly place: Place;
  readonly length: number;
}

function applyOperator({
  operator,
  name,
  value,
  present,
  inner,
  context,
  place,
  length,
}: Application): string {
  if (operator === '+') {
    context.used?.(name, value, false);
    return present ? inner() : '';
  }
  if (present && value !== undefined) {
    context.used?.(name, value, false);
    return value;
  }
  if (operator === '-') {
    context.used?.(name, value, true);
    return inner();
  }
  const words = inner();
  throw new TemplateError(words, { kind: 'required', offset: place.offset, length, variable: name });
}

function valueOf(name: string, context: TemplateContext): string {
  const value = context.lookup(name);
  context.used?.(name, value, false);
  if (value === undefined) context.unset?.(name);
  return value ?? '';
}

function nameAt(text: string, at: number): string {
  NAME.lastIndex = at;
  return NAME.exec(text)?.[0] ?? '';
}

/** Braces are matched by counting, whatever they stand for: `${A:-{"b": 1}}` has the default `{"b": 1}`. */
export function closingBrace(text: string, from: number): number {
  let open = 0;
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '{') open += 1;
    else if (text[at] === '}') {
      open -= 1;
      if (open === 0) return at;
    }
  }
  return -1;
}

function formatError(
  message: string,
  { at, end, place }: { at: number; end: number; place: Place },
): TemplateError {
  return new TemplateError(message, { kind: 'format', offset: place.offset + at, length: end - at });
}
