import { createServer } from 'node:net';
import { HostError } from '../model/errors.ts';

/**
 * Claims the network namespace for one engine: our chains and default bridge have fixed names, so two engines with
 * different state roots would undo each other's rules. An abstract unix socket belongs to a network namespace and
 * goes with its process, which is just what such a claim needs (unix(7), "abstract").
 * @throws {HostError} ENGINE_NAMESPACE_TAKEN
 */
export async function claimNetworkNamespace(root: string): Promise<{ release: () => void }> {
  const server = createServer((socket) => {
    // Whoever finds the claim taken asks whose it is.
    socket.on('error', () => undefined);
    socket.end(root);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', () => {
      reject(
        new HostError(
          'ENGINE_NAMESPACE_TAKEN',
          'another engine with another state root works in this network',
          {
            hint: 'stop it with berth --root ITS_ROOT --run-root ITS_RUN_ROOT engine stop, or start this one in a network namespace of its own (unshare -n -m)',
          },
        ),
      );
    });
    server.listen({ path: '\0berth-engine' }, resolve);
  });
  server.unref();
  return { release: () => server.close() };
}
