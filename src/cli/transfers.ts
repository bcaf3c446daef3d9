import type { TransferLine } from '../stack/pull-image.ts';
import type { CliContext } from './context.ts';
import { LayerBars } from './output/layer-bars.ts';

/** Shows a pull or push that stands alone: bars on a terminal, else the lines that stay true. */
export async function showTransfer(
  context: CliContext,
  lines: AsyncIterable<TransferLine>,
  options: { readonly quiet: boolean; readonly name: string },
): Promise<void> {
  const { err } = context;
  const isLive = err.isTty && !options.quiet && context.globals.ansi !== 'never';
  const bars = new LayerBars();
  let drawn = 0;
  const wipe = (): void => {
    if (drawn > 0) err.write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  let drawnAt = 0;
  for await (const { status, id, progressDetail } of lines) {
    if (status === undefined || options.quiet) continue;
    if (id === undefined || progressDetail === undefined) {
      wipe();
      err.line(id === undefined ? status : `${id}: ${status}`);
      continue;
    }
    const { current, total } = progressDetail;
    const isMoving = current !== undefined;
    bars.event({
      type: 'transfer',
      id: 0,
      resource: { kind: 'image', name: options.name, key: '' },
      layer: id,
      status,
      ...(isMoving && { currentBytes: current }),
      ...(total !== undefined && { totalBytes: total }),
    });
    if (!isLive) {
      if (!isMoving && LASTING.has(status)) err.line(`${id}: ${status}`);
    } else if (Date.now() - drawnAt > 60) {
      drawnAt = Date.now();
      wipe();
      const text = [...bars.lines().map((line) => line.slice(0, err.width - 1)), bars.summary()];
      drawn = text.length;
      err.write(text.map((line) => `${line}\n`).join(''));
    }
  }
  wipe();
}

const LASTING = new Set([
  'Already exists',
  'Pull complete',
  'Pushed',
  'Layer already exists',
  'Download complete',
]);
