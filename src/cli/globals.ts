import { Option, type Command } from 'commander';
import { integer } from './values.ts';

export type ProgressStyle = 'auto' | 'tty' | 'plain' | 'json' | 'quiet';

/** Options that stand before the verb. */
export interface Globals {
  readonly file?: readonly string[];
  readonly projectName?: string;
  readonly projectDirectory?: string;
  readonly envFile?: readonly string[];
  readonly profile?: readonly string[];
  readonly progress: ProgressStyle;
  readonly ansi: 'auto' | 'always' | 'never';
  readonly dryRun?: boolean;
  readonly compatibility?: boolean;
  readonly allResources?: boolean;
  readonly parallel?: number;
  readonly root?: string;
  readonly runRoot?: string;
  readonly verbose?: boolean;
}

/** Global options that take a value: what has to be skipped to find the verb. */
export const valueOptions: ReadonlySet<string> = new Set([
  '-f',
  '--file',
  '-p',
  '--project-name',
  '--project-directory',
  '--env-file',
  '--profile',
  '--progress',
  '--ansi',
  '--parallel',
  '--root',
  '--run-root',
]);

export const PROGRESS_STYLES = ['auto', 'tty', 'plain', 'json', 'quiet'] as const;

export function addGlobals(program: Command): void {
  program
    .option('-f, --file <path>', 'compose file; may be given several times', collect)
    .option('-p, --project-name <name>', 'name of the project')
    .option('--project-directory <path>', 'folder that relative paths start from')
    .option('--env-file <path>', 'file with variables, instead of .env; may be given several times', collect)
    .option('--profile <name>', 'profile to enable; may be given several times', collect)
    .addOption(
      new Option('--progress <style>', 'how to show progress')
        .choices(PROGRESS_STYLES)
        .default('auto')
        .env('COMPOSE_PROGRESS'),
    )
    .addOption(
      new Option('--ansi <when>', 'colours and cursor movements')
        .choices(['auto', 'always', 'never'])
        .default('auto')
        .env('COMPOSE_ANSI'),
    )
    .option('--dry-run', 'show what would be done, change nothing')
    .option('--all-resources', 'networks and volumes that no service uses, too')
    .option('--compatibility', 'container names with _ in place of -')
    .addOption(
      new Option('--parallel <n>', 'things done at once; -1, the default: as many as there are')
        .argParser(integer)
        .env('COMPOSE_PARALLEL_LIMIT'),
    )
    .addOption(new Option('--root <path>', 'where images, volumes and records live').env('BERTH_ROOT'))
    .addOption(new Option('--run-root <path>', 'where sockets and namespaces live').env('BERTH_RUN_ROOT'))
    .option('--verbose', 'every step, and the stack of a bug');
}

/** For options that may be given several times. */
export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}
