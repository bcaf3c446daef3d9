import type { ProgressEvent } from '../../model/progress.ts';
import { sizeText } from '../resources.ts';

type TransferEvent = Extract<ProgressEvent, { type: 'transfer' }>;

/** How far the layers of one image are, on their way from or to a registry. */
export class LayerBars {
  readonly #layers = new Map<string, TransferEvent>();

  event(event: TransferEvent): void {
    this.#layers.set(event.layer, event);
  }

  /** `3 of 8 layers, 12.3MB of 45.6MB`: bytes of the layers that are moving. */
  summary(): string {
    const all = [...this.#layers.values()];
    const done = all.filter(({ status }) => ENDS.has(status)).length;
    const moving = all.filter(({ currentBytes }) => currentBytes !== undefined);
    const sum = (pick: (event: TransferEvent) => number | undefined): number =>
      moving.reduce((total, event) => total + (pick(event) ?? 0), 0);
    const bytes = `${sizeText(sum((event) => event.currentBytes))} of ${sizeText(sum((event) => event.totalBytes))}`;
    const layers = `${done} of ${all.length} layer${all.length === 1 ? '' : 's'}`;
    return moving.length === 0 ? layers : `${layers}, ${bytes}`;
  }

  /** One line for each layer that is moving. */
  lines(): string[] {
    return [...this.#layers.values()]
      .filter(({ status }) => !ENDS.has(status) && !WAITS.has(status))
      .map(lineOf);
  }
}

const ENDS = new Set(['Pull complete', 'Already exists', 'Pushed', 'Layer already exists']);
const WAITS = new Set(['Pulling fs layer', 'Waiting', 'Preparing']);
const BAR_CELLS = 24;

function lineOf({ layer, status, currentBytes, totalBytes = 0 }: TransferEvent): string {
  const words = `${layer}  ${status.toLowerCase().padEnd(18)}`;
  if (currentBytes === undefined || totalBytes === 0) return words.trimEnd();
  const filled = Math.min(BAR_CELLS, Math.floor((currentBytes / totalBytes) * BAR_CELLS));
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
  return `${words} ${bar}  ${sizeText(currentBytes)} of ${sizeText(totalBytes)}`;
}
