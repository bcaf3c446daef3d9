/** Nanoseconds as Go prints durations, which is how Docker and compose do: `1m30s`, `24h0m0s`, `1.5s`, `20ms`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const total = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (total < 1_000n) return `${sign}${String(total)}ns`;
  if (total < 1_000_000n) return `${sign}${decimal(total, 1_000n)}µs`;
  if (total < 1_000_000_000n) return `${sign}${decimal(total, 1_000_000n)}ms`;
  const second = 1_000_000_000n;
  const minutes = total / (60n * second);
  const seconds = decimal(total % (60n * second), second);
  if (minutes === 0n) return `${sign}${seconds}s`;
  if (minutes < 60n) return `${sign}${String(minutes)}m${seconds}s`;
  return `${sign}${String(minutes / 60n)}h${String(minutes % 60n)}m${seconds}s`;
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, '0')
    .replace(/0+$/, '');
  return `${String(value / unit)}${fraction === '' ? '' : `.${fraction}`}`;
}
