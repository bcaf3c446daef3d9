import { schemaAttributes } from './attributes.ts';
import { ownKeys } from './own-keys.ts';
import { supportFor } from './support.ts';
import { supportTable } from './table.ts';

const INTRODUCTION = `# Compose attributes and what becomes of them

\`berth config\` takes every attribute of the Compose Specification. When a stack *runs*, an attribute has one of three
fates: it is **done**; it is accepted with a **warning** that says what is different; or it is **refused**, with its
place in the file and the reason, before anything starts. No attribute is passed over in silence. Attributes that
begin with \`x-\` are notes of yours, and always accepted; Berth itself reads these:

| attribute | what it does |
|---|---|
${ownKeys.map(({ example, effect }) => `| \`${example}\` | ${effect} |`).join('\n')}

An attribute that is not listed has the fate of the one that it is part of. This page is made from
\`src/compose/support/table.ts\`; a test holds the two and the schema equal.
`;

/** `docs/compose-support.md`. */
export function supportPage(): string {
  const sections: readonly (readonly [string, (pattern: string) => boolean])[] = [
    ['Top level', (pattern) => !pattern.includes('.')],
    ['Services', (pattern) => pattern.startsWith('services.')],
    ['Networks', (pattern) => pattern.startsWith('networks.')],
    ['Volumes', (pattern) => pattern.startsWith('volumes.')],
    ['Configs', (pattern) => pattern.startsWith('configs.')],
    ['Secrets', (pattern) => pattern.startsWith('secrets.')],
  ];
  const attributes = schemaAttributes().filter(isListed);
  return [
    INTRODUCTION,
    ...sections.map(([title, belongs]) => section(title, attributes.filter(belongs))),
  ].join('\n');
}

/** Attributes with a fate of their own, and everything on the first level of an object. */
function isListed(pattern: string): boolean {
  return Object.hasOwn(supportTable, pattern) || pattern.split('.').length <= 3;
}

function section(title: string, patterns: readonly string[]): string {
  const rows = patterns.map((pattern) => {
    const { fate, reason } = supportFor(pattern.split('.'));
    const words = { done: 'done', warn: 'warning', refused: 'refused' }[fate];
    return `| \`${shortened(pattern)}\` | ${words} | ${reason} |`;
  });
  return [`## ${title}`, '', '| attribute | fate | to know |', '|---|---|---|', ...rows, ''].join('\n');
}

function shortened(pattern: string): string {
  return pattern.replace(/^[a-z]+\.\*\./, '').replaceAll('.*', '[]');
}
