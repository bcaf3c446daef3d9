import { closingBrace } from './template.ts';

/** A variable as a template names it. */
export interface TemplateVariable {
  readonly name: string;
  readonly required: boolean;
  /** What `:-` or `-` gives when it is not set. */
  readonly defaultValue: string;
  /** What `:+` or `+` gives when it is set. */
  readonly alternateValue: string;
}

/** All variables that a template names, those inside defaults too. Broken parts are passed over. */
export function variablesIn(text: string): TemplateVariable[] {
  const found: TemplateVariable[] = [];
  const pending = [text];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) collect(part, found, pending);
  return found;
}

function collect(text: string, found: TemplateVariable[], pending: string[]): void {
  for (let at = text.indexOf('$'); at !== -1; at = text.indexOf('$', at)) {
    const bare = /^\$([_a-zA-Z][_a-zA-Z0-9]*)/.exec(text.slice(at, at + 256));
    if (text[at + 1] === '{') {
      const end = closingBrace(text, at);
      if (end === -1) return;
      const variable = braced(text.slice(at + 2, end));
      if (variable !== undefined) {
        found.push(variable);
        pending.push(variable.defaultValue, variable.alternateValue);
      }
      at = end + 1;
    } else if (text[at + 1] === '$') {
      at += 2;
    } else {
      if (bare?.[1] !== undefined) {
        found.push({ name: bare[1], required: false, defaultValue: '', alternateValue: '' });
      }
      at += 1;
    }
  }
}

function braced(content: string): TemplateVariable | undefined {
  const match = /^([_a-zA-Z][_a-zA-Z0-9]*)(?::?([-?+])([\s\S]*))?$/.exec(content);
  if (match?.[1] === undefined) return undefined;
  const [, name, operator, rest = ''] = match;
  return {
    name,
    required: operator === '?',
    defaultValue: operator === '-' ? rest : '',
    alternateValue: operator === '+' ? rest : '',
  };
}
