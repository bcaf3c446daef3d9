import { variablesIn } from '../interpolate/template-variables.ts';
import type { TemplateVariable } from '../interpolate/template-variables.ts';
import type { Node } from '../tree/node.ts';

/** The variables that a model names, by name, each once; it must have been loaded without interpolation. */
export function modelVariables(model: Node): TemplateVariable[] {
  const found = new Map<string, TemplateVariable>();
  for (const text of textsIn(model)) {
    for (const variable of text.includes('$') ? variablesIn(text) : []) {
      const earlier = found.get(variable.name);
      found.set(variable.name, earlier === undefined ? variable : combined(earlier, variable));
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** As a table with the columns of Docker Compose. */
export function variableTable(variables: readonly TemplateVariable[]): string {
  const rows = [
    ['NAME', 'REQUIRED', 'DEFAULT VALUE', 'ALTERNATE VALUE'],
    ...variables.map(({ name, required, defaultValue, alternateValue }) => [
      name,
      String(required),
      defaultValue,
      alternateValue,
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('   ')
          .trimEnd() + '\n',
    )
    .join('');
}

/** With the keys of Docker Compose: `Name` in JSON, `name` in YAML. */
export function variablesAs(format: 'json' | 'yaml', variables: readonly TemplateVariable[]): string {
  if (format === 'json') {
    const entries = variables.map(({ name, defaultValue, alternateValue, required }) => [
      name,
      { Name: name, DefaultValue: defaultValue, PresenceValue: alternateValue, Required: required },
    ]);
    return `${JSON.stringify(Object.fromEntries(entries), undefined, 4)}\n`;
  }
  return variables
    .map(({ name, defaultValue, alternateValue, required }) =>
      [
        `${name}:`,
        `    name: ${name}`,
        `    defaultvalue: ${JSON.stringify(defaultValue)}`,
        `    presencevalue: ${JSON.stringify(alternateValue)}`,
        `    required: ${String(required)}\n`,
      ].join('\n'),
    )
    .join('');
}

function combined(a: TemplateVariable, b: TemplateVariable): TemplateVariable {
  return {
    name: a.name,
    required: a.required || b.required,
    defaultValue: a.defaultValue || b.defaultValue,
    alternateValue: a.alternateValue || b.alternateValue,
  };
}

/** Those of values that a later file replaced as well: their files name the variables all the same. */
function textsIn(node: Node): string[] {
  const own = ownTexts(node);
  return node.overrode === undefined ? own : [...own, ...textsIn(node.overrode)];
}

function ownTexts(node: Node): string[] {
  if (node.kind === 'scalar') return typeof node.value === 'string' ? [node.value] : [];
  if (node.kind === 'sequence') return node.items.flatMap(textsIn);
  return [...node.entries.values()].flatMap(({ value }) => textsIn(value));
}
