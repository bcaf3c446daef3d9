type Paint = (text: string) => string;

/** Colours by meaning; without colours each gives back its text. */
export interface Palette {
  readonly good: Paint;
  readonly bad: Paint;
  readonly warning: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
  readonly link: Paint;
  /** A colour for the nth of many, the same one each time. */
  readonly nth: (index: number) => Paint;
}

const plain: Paint = (text) => text;

function sgr(code: string): Paint {
  return (text) => `\u001b[${code}m${text}\u001b[0m`;
}

const rotation = ['36', '33', '32', '35', '34', '96', '93', '92', '95', '94'].map(sgr);

const coloured: Palette = {
  good: sgr('32'),
  bad: sgr('31'),
  warning: sgr('33'),
  strong: sgr('1'),
  faint: sgr('2'),
  link: sgr('4'),
  nth: (index) => rotation[index % rotation.length] ?? plain,
};

const colourless: Palette = {
  good: plain,
  bad: plain,
  warning: plain,
  strong: plain,
  faint: plain,
  link: plain,
  nth: () => plain,
};

export function paletteFor(withColours: boolean): Palette {
  return withColours ? coloured : colourless;
}
