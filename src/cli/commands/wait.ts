import { Command } from 'commander';
import { carryOutTeardown, planForDown } from '../../stack/down.ts';
import { serviceNotRunning } from '../../stack/errors.ts';
import { ps } from '../../stack/ps.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack, runOrShow } from '../named-stack.ts';
import { examples } from '../overview.ts';

export function waitCommand(): Command {
  return new Command('wait')
    .description('wait until the first of some services ends; print its exit code and end with it')
    .argument('<services...>')
    .option('--down-project', 'take the project down then')
    .addHelpText(
      'before',
      examples(['berth wait migrate', 'berth wait --down-project tests    for a pipeline']),
    )
    .action(verb(wait));
}

async function wait(
  context: CliContext,
  services: string[],
  flags: { downProject?: boolean },
): Promise<number> {
  const stack = await namedStack(context, services);
  const { client, projectName } = stack;
  const found = await ps(client, { projectName, services, all: true });
  const replicas = found.filter(({ oneOff }) => !oneOff);
  for (const service of services) {
    if (!replicas.some((replica) => replica.service === service)) throw serviceNotRunning(service, undefined);
  }
  const ends = replicas.map(async ({ id }) => {
    const { StatusCode } = await client.getContainer(id).wait({ abortSignal: context.signal });
    return StatusCode;
  });
  const exitCode = await Promise.race(ends);
  context.out.line(String(exitCode));
  if (flags.downProject) {
    const plan = await planForDown(stack, { services: [] });
    await runOrShow(context, {
      stack,
      plan,
      nothingToDo: 'nothing to take down',
      carryOut: carryOutTeardown,
    });
  }
  return exitCode;
}
