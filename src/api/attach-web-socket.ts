import { attachSession, connectInput } from './attach.ts';
import { type Call, param } from './call.ts';
import { checkDetachKeys } from './mapping/detach-keys.ts';
import { write } from './reply.ts';
import { route, type Route } from './router.ts';
import { takeWebSocket } from './web-socket.ts';

export const attachWebSocketRoutes: readonly Route[] = [route('GET', '/containers/{id…}/attach/ws', attach)];

/** The container's streams as they are, without frames of their own: what a browser can show. */
async function attach(call: Call): Promise<void> {
  checkDetachKeys(call.query.get('detachKeys'));
  call.engine.findContainer(param(call, 'id'));
  const { input, output } = takeWebSocket(call);
  const session = attachSession(call);
  connectInput(session, input);
  for await (const { data } of session.output) await write(output, data);
  output.end();
}
