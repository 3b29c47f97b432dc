import ipaddr from 'ipaddr.js';

/**
 * An address or CIDR as PostgreSQL takes it, lower case; IPv4 inside IPv6 (`::ffff:192.0.2.7`) becomes IPv4, as addresses of events do.
 * `null` for what is neither. Ports, zones and IPv4 with leading zeros (which some read as octal) are neither.
 */
export function canonicalNetwork(text: string): string | null {
  const [, address = '', prefix] = /^([^/%]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text.toLowerCase()) ?? [];
  const bits = prefix === undefined ? null : Number(prefix);
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return bits !== null && bits > 32 ? null : text;
  const dotted = /[^:]*\.[^:]*$/.exec(address)?.[0];
  if (dotted !== undefined && !ipaddr.IPv4.isValidFourPartDecimal(dotted)) return null;
  if (!ipaddr.IPv6.isValid(address) || (bits !== null && bits > 128)) return null;
  const parsed = ipaddr.IPv6.parse(address);
  if (!parsed.isIPv4MappedAddress() || (bits !== null && bits < 96)) return text.toLowerCase();
  const v4 = parsed.toIPv4Address().toString();
  return bits === null ? v4 : `${v4}/${bits - 96}`;
}
