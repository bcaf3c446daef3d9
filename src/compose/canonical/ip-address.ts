/** True for an IPv4 address of four decimal parts, and for an IPv6 address, a zone included. */
export function isIpAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

function isIpv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

function isIpv6(text: string): boolean {
  const [address = '', zone, ...more] = text.split('%');
  if (more.length > 0 || zone === '') return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const parts = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = parts.at(-1);
  const hasIpv4 = last !== undefined && isIpv4(last) && address.endsWith(last);
  const groups = hasIpv4 ? parts.slice(0, -1) : parts;
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  const length = groups.length + (hasIpv4 ? 2 : 0);
  return halves.length === 2 ? length < 8 : length === 8;
}
