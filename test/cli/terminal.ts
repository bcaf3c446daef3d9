import type { Terminal } from '../../src/cli/context.ts';
import { paletteFor } from '../../src/cli/output/palette.ts';

/** A terminal that keeps what is written, without colours. */
export class RecordingTerminal implements Terminal {
  text = '';
  readonly isTty = false;
  readonly width = 100;
  readonly colours = paletteFor(false);
  readonly write = (text: string) => void (this.text += text);
  readonly line = (text: string) => void (this.text += text + '\n');
}
