import { run, shellLine, shellWord } from '../host/exec.ts';
import type { ActionHandlers } from '../model/action.ts';
import { HostError } from '../model/errors.ts';
import { renderPartition } from './firewall/partition.ts';

/** Milliseconds that a packet may wait in the queue of a slow link; what would wait longer is dropped. */
const LATENCY_MS = 100;
/** The least that must pass at once: two packets of the usual size. */
const BURST_BYTES_MIN = 3200;

/** How the faults of a test are told and done. */
export const faultHandlers: ActionHandlers<'partition' | 'link-rate'> = {
  partition: {
    describe: ({ netns, family, dropped }) =>
      [
        `nsenter --net=${shellWord(netns)} ${program(family)} --noflush <<'EOF'`,
        renderPartition(dropped, { family, repeated: false }).trimEnd(),
        'EOF',
      ].join('\n'),
    perform: async ({ netns, family, dropped }) => {
      const restore = (repeated: boolean): Promise<unknown> =>
        run([program(family), '--noflush', '--wait'], {
          netns,
          input: renderPartition(dropped, { family, repeated }),
        });
      try {
        await restore(true);
      } catch (error) {
        // No jump to replace: it is the first time here.
        if (!(error instanceof HostError && error.code === 'HOST_COMMAND_FAILED')) throw error;
        await restore(false);
      }
    },
  },
  'link-rate': {
    describe: (action) => shellLine(rateCommand(action)),
    perform: async (action) => {
      const { netns, bitsPerSecond } = action;
      // A link without a limit, or that is gone, needs none taken away.
      await run(rateCommand(action), { netns, allowFailure: bitsPerSecond === 0 });
    },
  },
};

function program(family: 'ipv4' | 'ipv6'): string {
  return family === 'ipv4' ? 'iptables-restore' : 'ip6tables-restore';
}

function rateCommand(action: { readonly link: string; readonly bitsPerSecond: number }): string[] {
  const { link, bitsPerSecond } = action;
  if (bitsPerSecond === 0) return ['tc', 'qdisc', 'del', 'dev', link, 'root'];
  const burst = Math.max(BURST_BYTES_MIN, Math.ceil(bitsPerSecond / 8 / 100));
  const bucket = [
    'rate',
    `${String(bitsPerSecond)}bit`,
    'burst',
    String(burst),
    'latency',
    `${String(LATENCY_MS)}ms`,
  ];
  return ['tc', 'qdisc', 'replace', 'dev', link, 'root', 'tbf', ...bucket];
}
