import { Command } from 'commander';
import { loadProject } from '../../compose/index.ts';
import { renderJson } from '../../compose/show/json.ts';
import { shownModel } from '../../compose/show/shown-model.ts';
import { renderYaml } from '../../compose/show/yaml.ts';

/** `berth config`: the project as Berth understands it. */
export function configCommand(): Command {
  return new Command('config')
    .argument('[services...]')
    .option('--format <format>', 'yaml or json', 'yaml')
    .action(async (services: string[], _options: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Record<string, unknown>>();
      const { loaded, warnings } = await loadProject({
        cwd: process.cwd(),
        files: texts(flags['file']),
        profiles: texts(flags['profile']),
        envFiles: texts(flags['envFile']),
        projectName: text(flags['projectName']),
        projectDirectory: text(flags['projectDirectory']),
        allResources: flags['allResources'] === true,
        services,
        environment: process.env,
      });
      for (const warning of warnings) process.stderr.write(`warning: ${warning.text}\n`);
      const shown = shownModel(loaded.model, { escape: true });
      process.stdout.write(flags['format'] === 'json' ? renderJson(shown) : renderYaml(shown));
    });
}

function texts(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
