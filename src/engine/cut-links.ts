import { setTimeout as delay } from 'node:timers/promises';
import { deleteLink, listLinks, withNetlink, withNetlinkLater } from '../host/netlink.ts';

/** Milliseconds that a namespace gets to go by itself, and how often it is looked for. */
const PATIENCE_MS = 150;
const LOOK_MS = 15;

/**
 * Resolves when none of these links of the host is left. They go with the namespaces at their other ends; but a
 * namespace lives on while a connection of a killed process waits for its peer's farewell, a minute or more. What is
 * still there after a moment is taken away by itself.
 */
export async function cutLinks(names: readonly string[]): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  let left = standing(names);
  while (left.length > 0 && performance.now() < deadline) {
    await delay(LOOK_MS);
    left = standing(left);
  }
  await withNetlinkLater(undefined, async (socket) => {
    for (const name of left) await deleteLink(socket, name);
  });
}

function standing(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const all = new Set(withNetlink(undefined, listLinks).map(({ name }) => name));
  return names.filter((name) => all.has(name));
}
