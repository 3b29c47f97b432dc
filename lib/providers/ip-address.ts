import ipaddr from 'ipaddr.js';
import type { JsonValue } from '#lib/model/event.ts';

/**
 * An address in its usual spelling (RFC 5952 for v6), or `null`. Ports in every spelling of RFC 5952 section 6, brackets and zone
 * ids are cut off, v4-mapped v6 becomes v4. Of a list (`client, proxy`) there is no telling which one counts: no address.
 * Only four-part decimal counts as v4: `127.1` and `0x7f.1` are no address a provider writes. `0.0.0.0` and `::` are how some write
 * that they know none.
 */
export function readIp(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  let text = value.trim();
  // Nearly every address: nothing to cut off.
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return ipaddr.IPv4.isValidFourPartDecimal(text) ? text : null;
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text);
  const withPort = /^(\d{1,3}(?:\.\d{1,3}){3}):\d+$/.exec(text);
  const v6WithPort = /^((?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})(?: port |[p#.])\d{1,5}$/i.exec(text);
  // Eight groups are a whole address, so what follows a ninth colon is a port.
  const fullWithPort = /^((?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}):\d{1,5}$/i.exec(text);
  text = (bracketed?.[1] ?? withPort?.[1] ?? v6WithPort?.[1] ?? fullWithPort?.[1] ?? text).replace(/%.*$/, '');
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return known(ipaddr.IPv4.parse(text).toString());
  if (!ipaddr.IPv6.isValid(text)) return null;
  const v6 = ipaddr.IPv6.parse(text);
  return known(v6.isIPv4MappedAddress() ? v6.toIPv4Address().toString() : v6.toRFC5952String());
}

function known(address: string): string | null {
  return address === '0.0.0.0' || address === '::' ? null : address;
}
