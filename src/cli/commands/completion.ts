import { Argument, Command } from 'commander';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { completionScripts } from '../completion-scripts.ts';
import { examples } from '../overview.ts';

type Shell = keyof typeof completionScripts;

export function completionCommand(): Command {
  return new Command('completion')
    .description('print what makes a shell complete the words of `berth`, with the names of services')
    .addArgument(new Argument('<shell>').choices(Object.keys(completionScripts)))
    .addHelpText(
      'before',
      examples([
        'berth completion bash > /etc/bash_completion.d/berth',
        'berth completion zsh > /usr/local/share/zsh/site-functions/_berth',
        'berth completion fish > ~/.config/fish/completions/berth.fish',
        'source <(berth completion bash)          for this shell alone',
      ]),
    )
    .action(verb(print));
}

async function print(context: CliContext, shell: Shell): Promise<undefined> {
  context.out.write(completionScripts[shell]);
}
