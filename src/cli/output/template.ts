import { badValue } from '../values.ts';
import { table } from './table.ts';

/** A row of output: column name → text, as `--format json` prints it. */
export type Row = Readonly<Record<string, unknown>>;

/** For `--format`: what a list is printed as. */
export type RowFormat = (rows: readonly Row[]) => string;

/**
 * The format that a Go template stands for: `{{.Name}}`, `{{.IPAM.Driver}}`, `{{json .}}`, `{{json .Ports}}`, with `\t` and `\n`; with
 * `table ` in front, in columns under their names. Undefined for `table` and `json`, which each verb has of its own.
 * @throws {UsageError} BAD_VALUE for anything else that Go's templates can do
 */
export function templateFormat(text: string | undefined): RowFormat | undefined {
  if (text === undefined || text === 'table' || text === 'json' || text === 'pretty') return undefined;
  if (!text.includes('{{')) throw badValue(text, 'table, json, or a template such as {{.Name}}');
  const isTable = text.startsWith('table ');
  const body = (isTable ? text.slice('table '.length) : text).replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  const pieces = body.split(/(\{\{.*?\}\})/).map(pieceOf);
  const line = (row: Row) => pieces.map((piece) => piece.text(row)).join('');
  if (!isTable) return (rows) => rows.map((row) => line(row) + '\n').join('');
  const header = pieces.map(({ title }) => title).join('');
  return (rows) =>
    table(
      header.split('\t'),
      rows.map((row) => line(row).split('\t')),
    );
}

interface Piece {
  readonly title: string;
  readonly text: (row: Row) => string;
}

function pieceOf(text: string): Piece {
  if (!text.startsWith('{{')) return { title: text, text: () => text };
  const inside = text.slice(2, -2).replace(/^-|-$/g, '').trim();
  const [, json, name] = /^(json\s+)?\.((?:\w+(?:\.\w+)*)?)$/.exec(inside) ?? [];
  if (name === undefined) throw badValue(text, 'a field such as {{.Name}}, or {{json .}}');
  const value = (row: Row) => (name === '' ? row : fieldOf(row, name));
  return {
    title: name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toUpperCase(),
    text: (row) => (json === undefined ? plainText(value(row)) : JSON.stringify(value(row))),
  };
}

function fieldOf(row: Row, name: string): unknown {
  return name.split('.').reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !(key in value))
      throw badValue(name, `a field: there are ${Object.keys(row).join(', ')}`);
    return (value as Row)[key];
  }, row);
}

function plainText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
