/**
 * An address or CIDR as PostgreSQL takes it, lower case; IPv4 inside IPv6 (`::ffff:192.0.2.7`) becomes IPv4, as addresses of events do.
 * `null` for what is neither. Ports, zones and IPv4 with leading zeros (which some read as octal) are neither.
 */
export function networkOf(text: string): string | null {
  const [, address = '', prefix] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text.toLowerCase()) ?? [];
  const bits = prefix === undefined ? null : Number(prefix);
  if (v4Bytes(address)) return bits !== null && bits > 32 ? null : text;
  const groups = v6Groups(address);
  if (!groups || (bits !== null && bits > 128)) return null;
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (!isMapped || (bits !== null && bits < 96)) return text.toLowerCase();
  const v4 = groups.slice(6).flatMap((group) => [group >> 8, group & 255]);
  return bits === null ? v4.join('.') : `${v4.join('.')}/${bits - 96}`;
}

function v4Bytes(text: string): number[] | null {
  const parts = text.split('.');
  const isV4 = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return isV4 ? parts.map(Number) : null;
}

/** The eight groups of an IPv6 address. */
function v6Groups(text: string): number[] | null {
  const [, before, dotted] = /^(.*:)([\d.]+\.[\d.]+)$/.exec(text) ?? [];
  const tail = dotted === undefined ? null : v4Bytes(dotted);
  if (dotted !== undefined && !tail) return null;
  const pair = (at: number) => (((tail?.[at] ?? 0) << 8) | (tail?.[at + 1] ?? 0)).toString(16);
  const whole = tail ? `${before}${pair(0)}:${pair(2)}` : text;
  const halves = whole.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [left = [], right = []] = halves;
  const missing = 8 - left.length - right.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return null;
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  return groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : null;
}
