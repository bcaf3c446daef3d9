import { readFileSync } from 'node:fs';
import { run } from '../../../src/host/exec.ts';
import type { Action, ActionKind } from '../../../src/model/action.ts';
import { FirewallApplier } from '../../../src/network/firewall/applier.ts';
import type { FirewallState } from '../../../src/network/firewall/model.ts';
import { networkHandlers } from '../../../src/network/handlers.ts';
import { applyResolverRedirect } from '../../../src/network/redirect.ts';

/** What the tests ask of it: each part in this order. */
export interface Request {
  readonly actions?: readonly Action[];
  /** States to put in force one after the other, by one applier. `remove` takes all away, another text is run by sh. */
  readonly firewall?: readonly (FirewallState | string)[];
  readonly removeFirewall?: boolean;
  readonly redirects?: readonly { netns: string; udpPort: number; tcpPort: number; repeated?: boolean }[];
}

const request = JSON.parse(readFileSync(0, 'utf8')) as Request;
const handlers = networkHandlers as Partial<
  Record<ActionKind, { perform: (action: never) => void | Promise<void> }>
>;
for (const action of request.actions ?? []) {
  const handler = handlers[action.kind];
  if (!handler) throw new Error(`no handler for ${action.kind}`);
  await handler.perform(action as never);
}
const applier = new FirewallApplier();
for (const state of request.firewall ?? []) {
  if (state === 'remove') await applier.remove();
  else if (typeof state === 'string') await run(['sh', '-ec', state]);
  else await applier.apply(state);
}
if (request.removeFirewall) await applier.remove();
for (const redirect of request.redirects ?? []) await applyResolverRedirect(redirect);
