import type { Scalar } from '../tree/node.ts';

/**
 * The value of a plain (unquoted) scalar, by the rules that compose files are read with: YAML 1.2 core, plus the
 * octal, binary and underscore integers of YAML 1.1 (`0440` is octal). `yes`, `on` and dates stay strings.
 */
export function plainScalar(text: string): Scalar {
  switch (text) {
    case '':
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null;
    case 'true':
    case 'True':
    case 'TRUE':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
      return false;
    default:
      return /^[-+.0-9]/.test(text) ? numberOr(text) : text;
  }
}

/** Gives an integer as a number when that is exact, else as a bigint; `undefined` when the text is no integer. */
export function integerOf(text: string): number | bigint | undefined {
  const match = /^([-+]?)(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)$/.exec(text);
  if (match === null) return undefined;
  const digits = (match[2] ?? '').replaceAll('_', '');
  if (/^0[box]$/.test(digits)) return undefined;
  const big = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const value = match[1] === '-' ? -big : big;
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function numberOr(text: string): Scalar {
  const integer = integerOf(text);
  if (integer !== undefined) return integer;
  if (/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(text)) return Number(text);
  const special = /^([-+]?)\.(inf|Inf|INF)$/.exec(text);
  if (special !== null) return special[1] === '-' ? -Infinity : Infinity;
  return /^\.(nan|NaN|NAN)$/.test(text) ? Number.NaN : text;
}
