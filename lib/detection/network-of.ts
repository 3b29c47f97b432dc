import ipaddr from 'ipaddr.js';

/** The network that acts as one source: an IPv4 address by itself, an IPv6 address with its whole /64 (privacy addresses). */
export function networkOf(ip: string): string | null {
  if (!ipaddr.isValid(ip)) return null;
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return `${address.toString()}/32`;
  const bytes = address.toByteArray().map((byte, at) => (at < 8 ? byte : 0));
  return `${ipaddr.fromByteArray(bytes).toString()}/64`;
}
