import { hooksOfTable, type Installed } from './installed.ts';
import { hookText, ruleText } from './rule-text.ts';
import type { Chain, Family, Rule, Ruleset, Table } from './ruleset.ts';

/**
 * The text for `iptables-restore --noflush` that brings our chains to this ruleset: each own chain is refilled
 * whole, and the hooks are put (back) in their places. Nothing else is touched.
 * `installed`: true when one of each hook stands, false when none does, or what `readInstalled` found.
 * A hook that is said to stand but does not makes the whole text fail, with no change: the sign to read again.
 */
export function renderRestore(
  ruleset: Ruleset,
  { installed, family = 'ipv4' }: { readonly installed: boolean | Installed; readonly family?: Family },
): string {
  return ruleset[family].map((table) => tableText(table, installed)).join('');
}

/**
 * The text that turns the chains of `before`, which stand, into those of `after` by inserting what is new. A chain that
 * loses rules is refilled: the kernel takes 20 ms a table for deletions, 1 ms for insertions. The hooks are only
 * checked: when one is missing the text fails, with no change. Tables that stay as they are come out empty.
 */
export function renderChange(before: Ruleset, after: Ruleset, family: Family = 'ipv4'): string {
  return after[family]
    .map((table, index) => {
      const lines = table.chains.flatMap((chain) => {
        const old = before[family][index]?.chains.find(({ name }) => name === chain.name);
        return chain.kept ? [] : chainChange(old?.rules ?? [], chain);
      });
      return lines.length === 0 ? '' : tableLines(table, [...checks(table), ...lines]);
    })
    .join('');
}

/** The text that changes nothing, and fails when a hook or a rule of this ruleset is missing. */
export function renderCheck(ruleset: Ruleset, family: Family = 'ipv4'): string {
  return ruleset[family]
    .map((table) =>
      tableLines(table, [
        ...checks(table),
        ...table.chains.flatMap(({ name, rules }) => rules.map((rule) => `-C ${name} ${ruleText(rule)}`)),
      ]),
    )
    .join('');
}

/** The rules that a change adds and removes, as iptables arguments with their table: for display. */
export function diffRules(before: Ruleset, after: Ruleset): { added: string[]; removed: string[] } {
  const had = displayed(before);
  const has = displayed(after);
  return {
    added: has.filter((rule) => !had.includes(rule)),
    removed: had.filter((rule) => !has.includes(rule)),
  };
}

function tableText(table: Table, installed: boolean | Installed): string {
  const chains = table.chains.filter((chain) => !(chain.kept && stands(table, chain.name, installed)));
  return [
    `*${table.name}`,
    ...chains.map(({ name }) => `:${name} - [0:0]`),
    ...standingHooks(table, installed).map((hook) => `-D ${hook}`),
    ...table.hooks.map(hookText),
    ...table.chains.flatMap(({ name, rules }) => rules.map((rule) => `-A ${name} ${ruleText(rule)}`)),
    'COMMIT\n',
  ].join('\n');
}

function tableLines(table: Table, lines: readonly string[]): string {
  return [`*${table.name}`, ...lines, 'COMMIT\n'].join('\n');
}

function checks(table: Table): string[] {
  return table.hooks.map(({ chain, rule }) => `-C ${chain} ${ruleText(rule)}`);
}

function chainChange(old: readonly Rule[], { name, rules }: Chain): string[] {
  const had = old.map(ruleText);
  const has = rules.map(ruleText);
  const added: string[] = [];
  let matched = 0;
  has.forEach((text, index) => {
    if (had[matched] === text) matched += 1;
    else added.push(`-I ${name} ${index + 1} ${text}`);
  });
  if (matched === had.length) return added;
  return [`-F ${name}`, ...has.map((text) => `-A ${name} ${text}`)];
}

function stands(table: Table, chain: string, installed: boolean | Installed): boolean {
  return typeof installed === 'boolean' ? installed : installed.chains.has(`${table.name} ${chain}`);
}

/** The hooks to take out before they are put in place: every one that stands, also twice or of another form. */
function standingHooks(table: Table, installed: boolean | Installed): string[] {
  if (installed === false) return [];
  if (installed === true) return table.hooks.map(({ chain, rule }) => `${chain} ${ruleText(rule)}`);
  return hooksOfTable(installed, table.name).flatMap(([hook, count]) => Array<string>(count).fill(hook));
}

function displayed(ruleset: Ruleset): string[] {
  const lines = (tables: readonly Table[], program: string): string[] =>
    tables.flatMap(({ name, chains, hooks }) => [
      ...hooks.map((hook) => `${program} -t ${name} ${hookText(hook)}`),
      ...chains.flatMap((chain) =>
        chain.rules.map((rule) => `${program} -t ${name} -A ${chain.name} ${ruleText(rule)}`),
      ),
    ]);
  return [...lines(ruleset.ipv4, 'iptables'), ...lines(ruleset.ipv6, 'ip6tables')];
}
