// Medians, ratios and the table.

export function summarise(samples, { counts, names }) {
  return counts.flatMap((count) => {
    const of = (name) => samples.filter((sample) => sample.name === name && sample.count === count);
    const floorUp = median(of('floor').map(({ upSeconds }) => upSeconds));
    const floorDown = median(of('floor').map(({ downSeconds }) => downSeconds));
    return names.map((name) => {
      const own = of(name);
      const ups = own.map(({ upSeconds }) => upSeconds);
      const downs = own.map(({ downSeconds }) => downSeconds);
      return {
        count,
        name,
        runs: own.length,
        up: median(ups),
        upBest: Math.min(...ups),
        upToFloor: median(ups) / floorUp,
        down: median(downs),
        downBest: Math.min(...downs),
        downToFloor: median(downs) / floorDown,
        rssMb: median(own.map(({ memory }) => memory.rssMb)),
        pssMb: median(own.map(({ memory }) => memory.pssMb)),
      };
    });
  });
}

export function tableOf(summary) {
  const head = ['N', 'who', 'runs', 'up s (best)', 'x floor', 'down s (best)', 'x floor', 'RSS MB', 'PSS MB'];
  const rows = summary.map((row) => [
    String(row.count),
    row.name,
    String(row.runs),
    `${row.up.toFixed(2)} (${row.upBest.toFixed(2)})`,
    ratio(row.upToFloor),
    `${row.down.toFixed(2)} (${row.downBest.toFixed(2)})`,
    ratio(row.downToFloor),
    row.rssMb.toFixed(0),
    row.pssMb.toFixed(0),
  ]);
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index].length)));
  const line = (cells) => `| ${cells.map((cell, index) => cell.padEnd(widths[index])).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join(
    '\n',
  );
}

function ratio(value) {
  return Number.isFinite(value) ? value.toFixed(1) : '-';
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
