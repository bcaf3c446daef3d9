/** How long ago something was made, in the largest unit that says enough: `50 seconds`, `3 hours`, `12 days`. */
export function ageText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return counted(whole, 'second');
  if (whole < 3600) return counted(Math.floor(whole / 60), 'minute');
  return whole < 172_800
    ? counted(Math.floor(whole / 3600), 'hour')
    : counted(Math.floor(whole / 86_400), 'day');
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
