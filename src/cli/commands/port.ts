import { Command } from 'commander';
import { UsageError } from '../../model/errors.ts';
import { serviceNotRunning } from '../../stack/errors.ts';
import { ps } from '../../stack/ps.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack } from '../named-stack.ts';
import { examples } from '../overview.ts';
import { wholeNumber } from '../values.ts';

interface PortFlags {
  readonly protocol: string;
  readonly index?: number;
}

export function portCommand(): Command {
  return new Command('port')
    .description('print where a port of a service is published')
    .argument('<service>')
    .argument('<port>', 'within the container')
    .option('--protocol <protocol>', 'tcp or udp', 'tcp')
    .option('--index <n>', 'of this replica', wholeNumber)
    .addHelpText('before', examples(['berth port web 80', 'berth port --protocol udp dns 53']))
    .action(verb(port));
}

async function port(
  context: CliContext,
  service: string,
  text: string,
  flags: PortFlags,
): Promise<undefined> {
  const wanted = wholeNumber(text);
  const { client, projectName } = await namedStack(context, [service]);
  const replicas = (await ps(client, { projectName, services: [service] })).filter(({ oneOff }) => !oneOff);
  const replica = replicas.find(({ number }) => flags.index === undefined || number === flags.index);
  if (!replica) throw serviceNotRunning(service, flags.index);
  const published = replica.ports.find(
    ({ hostPort, containerPort, protocol }) =>
      hostPort > 0 && containerPort === wanted && protocol === flags.protocol.toLowerCase(),
  );
  if (!published) {
    throw new UsageError('BAD_VALUE', `port ${wanted}/${flags.protocol} of ${service} is not published`, {
      hint: 'what is published:  berth ps',
    });
  }
  const { hostIp, hostPort } = published;
  context.out.line(`${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:${hostPort}`);
}
