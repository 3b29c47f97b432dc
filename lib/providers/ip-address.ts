import ipaddr from 'ipaddr.js';
import type { JsonValue } from '#lib/model/event.ts';

/**
 * An address in its usual spelling (RFC 5952 for v6), or `null`. Ports, brackets and zone ids are cut off, v4-mapped v6 becomes v4.
 * Only four-part decimal counts as v4: `127.1` and `0x7f.1` are no address a provider writes.
 */
export function readIp(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  let text = value.trim();
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text);
  const withPort = /^(\d{1,3}(?:\.\d{1,3}){3}):\d+$/.exec(text);
  text = (bracketed?.[1] ?? withPort?.[1] ?? text).replace(/%.*$/, '');
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text).toString();
  if (!ipaddr.IPv6.isValid(text)) return null;
  const v6 = ipaddr.IPv6.parse(text);
  return v6.isIPv4MappedAddress() ? v6.toIPv4Address().toString() : v6.toRFC5952String();
}
