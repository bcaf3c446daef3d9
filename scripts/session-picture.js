// Makes docs/session.svg of docs/session.txt, a terminal's text with its colours (SGR): the picture of the README.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const LINE_PX = 18;
/** Above each command. */
const PAUSE_PX = 9;
const CHARACTER_PX = 8.4;
const MARGIN_PX = 20;
const HEADER_PX = 34;
const ESCAPE = String.fromCharCode(27);

const FOREGROUND = '#d8dee9';
const FAINT = '#8b949e';
const COLOURS = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
  90: '#8b949e',
  91: '#ff7b72',
  92: '#7ee787',
  93: '#e3b341',
  94: '#79c0ff',
  95: '#d2a8ff',
  96: '#76e3ea',
};

const lines = readFileSync(`${docs}session.txt`, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.trimEnd());
writeFileSync(`${docs}session.svg`, picture(lines));

function picture(texts) {
  const columns = Math.max(...texts.map((text) => Array.from(plain(text)).length));
  const width = Math.ceil(columns * CHARACTER_PX + 2 * MARGIN_PX);
  let y = HEADER_PX;
  const state = { colour: FOREGROUND, bold: false, faint: false, underlined: false };
  const rows = texts.map((text) => {
    y += LINE_PX + (plain(text).startsWith('$ ') && y > HEADER_PX ? PAUSE_PX : 0);
    return row(text, y, state);
  });
  const height = y + MARGIN_PX;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>A session with Berth: up with watch, an edit, a health check that fails, restart, run, Ctrl-C</title>',
    `<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (fill, index) => `<circle cx="${20 + index * 20}" cy="18" r="6" fill="${fill}"/>`,
    ),
    '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="14" xml:space="preserve">',
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function plain(text) {
  return text.replaceAll(new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g'), '');
}

/** Each run of one style stands at its own column, so that no font can push the next one away. */
function row(text, y, state) {
  const isTyped = plain(text).startsWith('$ ');
  let column = 0;
  const spans = text.split(new RegExp(`(${ESCAPE}\\[[0-9;]*m)`)).map((piece) => {
    if (piece.startsWith(ESCAPE)) {
      for (const code of piece.slice(2, -1).split(';')) apply(Number(code), state);
      return '';
    }
    const at = column;
    column += Array.from(piece).length;
    return span(piece, at, { ...state, bold: state.bold || isTyped });
  });
  return spans.join('') === '' ? '' : `<text y="${y}">${spans.join('')}</text>`;
}

function span(text, column, { colour, bold, faint, underlined }) {
  const lead = text.length - text.trimStart().length;
  const shown = text.trim();
  if (shown === '') return '';
  const x = (MARGIN_PX + (column + lead) * CHARACTER_PX).toFixed(1);
  const length = (Array.from(shown).length * CHARACTER_PX).toFixed(1);
  const style = [
    `fill="${faint ? FAINT : colour}"`,
    bold ? 'font-weight="bold"' : '',
    underlined ? 'text-decoration="underline"' : '',
  ].filter(Boolean);
  const escaped = shown.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<tspan x="${x}" textLength="${length}" ${style.join(' ')}>${escaped}</tspan>`;
}

function apply(code, state) {
  if (code === 0) Object.assign(state, { colour: FOREGROUND, bold: false, faint: false, underlined: false });
  else if (code === 1) state.bold = true;
  else if (code === 2) state.faint = true;
  else if (code === 22) Object.assign(state, { bold: false, faint: false });
  else if (code === 4) state.underlined = true;
  else if (code === 24) state.underlined = false;
  else if (code === 39) state.colour = FOREGROUND;
  else if (code in COLOURS) state.colour = COLOURS[code];
}
