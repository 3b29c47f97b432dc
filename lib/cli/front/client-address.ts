import type { IncomingHttpHeaders } from 'node:http';
import ipaddr from 'ipaddr.js';

export type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** An address in its shortest form, v4-mapped IPv6 as IPv4; `null` for what is none. */
export function normaliseAddress(text: string | undefined): string | null {
  if (!text || !ipaddr.isValid(text.trim())) return null;
  return ipaddr.process(text.trim()).toString();
}

/**
 * The client's address: the socket's peer, unless that peer is a trusted proxy; then the last address in X-Forwarded-For that is
 * not itself a trusted proxy. What an untrusted peer claims is ignored.
 */
export function clientAddress(
  peer: string | undefined,
  headers: IncomingHttpHeaders,
  trusted: readonly Network[],
): string | null {
  let address = normaliseAddress(peer);
  if (!address) return null;
  const forwarded = headers['x-forwarded-for'];
  const hops = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '')).split(',');
  for (let hop = hops.pop(); hop !== undefined && isTrusted(address, trusted); hop = hops.pop()) {
    const next = normaliseAddress(hop);
    if (!next) return address;
    address = next;
  }
  return address;
}

function isTrusted(address: string, trusted: readonly Network[]): boolean {
  const parsed = ipaddr.parse(address);
  return trusted.some(
    ([network, bits]) => network.kind() === parsed.kind() && parsed.match([network, bits] as [ipaddr.IPv4, number]),
  );
}
