import type { Mistake } from './diagnostics.ts';
import type { Mark } from './text/source-text.ts';

/* One factory a warning. Every code has a row in docs/errors.md. */

export function obsoleteVersion(mark: Mark): Mistake {
  return {
    code: 'COMPOSE_VERSION_OBSOLETE',
    message:
      'the attribute `version` is obsolete, it will be ignored, please remove it to avoid potential confusion',
    mark,
  };
}

export function severalFiles(names: readonly string[], used: string): Mistake {
  return {
    code: 'COMPOSE_SEVERAL_FILES',
    message: `Found multiple config files with supported names: ${names.join(', ')}. Using ${used}`,
  };
}

export function unsetVariable(name: string, mark: Mark | undefined): Mistake {
  return {
    code: 'COMPOSE_VARIABLE_UNSET',
    message: `The ${JSON.stringify(name)} variable is not set. Defaulting to a blank string.`,
    mark,
  };
}

export function oldBoolean(text: string, mark: Mark): Mistake {
  return {
    code: 'COMPOSE_BOOLEAN_OBSOLETE',
    message: `${JSON.stringify(text)} for boolean is not supported by YAML 1.2, please use \`true\` or \`false\``,
    mark,
  };
}
