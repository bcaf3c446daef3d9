import { Growth } from '../host/growing-file.ts';
import { workerPort } from '../host/worker.ts';
import type { FromWorker, ToWorker } from './unpack-messages.ts';
import { packError } from './unpack-messages.ts';
import { unpackHere } from './unpacker.ts';

/** The program of a thread that unpacks layers for `UnpackPool`, several at once. */
const port = workerPort();
const growths = new Map<number, Growth>();

port.on('message', (message: ToWorker) => {
  if (message.type === 'begin') void begin(message);
  else if (message.type === 'grow') growths.get(message.id)?.advance(message.sizeBytes);
  else growths.get(message.id)?.end(message.failed ? new Error('the download failed') : undefined);
});

async function begin({ id, path, into, limits }: Extract<ToWorker, { type: 'begin' }>): Promise<void> {
  const growth = new Growth();
  growths.set(id, growth);
  const onRead = (bytes: number): void => tell({ type: 'read', id, bytes });
  try {
    tell({ type: 'done', id, layer: await unpackHere({ path, growth }, { into, limits, onRead }) });
  } catch (error) {
    tell({ type: 'failed', id, error: packError(error) });
  } finally {
    growths.delete(id);
  }
}

function tell(message: FromWorker): void {
  port.postMessage(message);
}
