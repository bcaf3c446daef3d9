const gap = '  ';

/** Columns under a header, each as wide as its widest cell; the last one runs on. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  return all.map((row) => padded(row, widths) + '\n').join('');
}

/** Number of terminal columns, as far as it goes without a table of wide characters. */
export function widthOf(text: string): number {
  const escape = String.fromCharCode(27);
  const visible = text.replaceAll(new RegExp(`${escape}\\[[0-9;]*m`, 'g'), '');
  return Array.from(visible).length;
}

function padded(row: readonly string[], widths: readonly number[]): string {
  const cells = widths.map((width, column) => {
    const cell = row[column] ?? '';
    return cell + ' '.repeat(width - widthOf(cell));
  });
  return cells.join(gap).trimEnd();
}
