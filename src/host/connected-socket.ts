import { Socket } from 'node:net';
import { connectSocket } from './sockets.ts';

/**
 * A TCP connection from inside a network namespace (undefined: the own one), once it is made. The socket is the
 * caller's to destroy; an abort destroys it. Rejects with the kernel's word: ECONNREFUSED, EHOSTUNREACH, …
 */
export function connectedSocket(
  remote: { readonly netns: string | undefined; readonly address: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fd = connectSocket({ ...remote, protocol: 'tcp' });
    const socket = new Socket({ fd, signal });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed at once')));
    // The kernel takes nothing, not even this nothing, before the connection stands.
    socket.write(Buffer.alloc(0), (error) => {
      if (error) reject(error);
      else resolve(socket);
    });
  });
}
