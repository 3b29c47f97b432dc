import dns from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/**
 * What one provider may be called at beyond public addresses over https on 443 and 8443. Stored with that provider, never global.
 * `networks` are CIDRs whose addresses count as allowed although they are not public.
 */
export const httpAllowanceSchema = z.strictObject({
  networks: z
    .array(
      z
        .string()
        .refine((text) => text.includes('/') && isCidr(text), { error: 'expected a network such as 10.1.0.0/16' }),
    )
    .max(16)
    .default([]),
  ports: z.array(z.number().int().min(1).max(65_535)).max(16).default([]),
  plainHttp: z.boolean().default(false),
});
export type HttpAllowance = z.output<typeof httpAllowanceSchema>;

/** Public addresses over https only. */
export const noAllowance: HttpAllowance = { networks: [], ports: [], plainHttp: false };

/** Every address of a name. Resolved once by us; the connection is made to exactly these. */
export type Resolve = (hostname: string) => Promise<readonly { address: string; family: number }[]>;
export const resolveWithSystem: Resolve = (hostname) => dns.lookup(hostname, { all: true, verbatim: true });

/** Thrown inside the guard. The message is for the log; people get the same words as for an address that does not answer. */
export class AddressBlocked extends Error {
  override name = 'AddressBlocked';
}

const ordinaryPorts = [443, 8443];
const globalUnicast6 = ipaddr.parseCIDR('2000::/3');
// Public by number, private by use: the address at which Azure answers its machines.
const closedAddresses = new Set(['168.63.129.16']);

/**
 * Checks an address before anything is resolved: scheme, port, no credentials, and the host itself where it is an IP literal in
 * any notation (the WHATWG parser has made 2130706433, 0x7f.1 and 127.1 one form). @throws AddressBlocked
 */
export function checkUrl(url: URL, allowance: HttpAllowance): void {
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowance.plainHttp))
    throw new AddressBlocked(`the scheme ${url.protocol} is not allowed`);
  if (url.username !== '' || url.password !== '') throw new AddressBlocked('credentials in an address are not allowed');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (!ordinaryPorts.includes(port) && !allowance.ports.includes(port))
    throw new AddressBlocked(`the port ${port} is not allowed`);
  const host = hostOf(url);
  if (host === '') throw new AddressBlocked('an address without a host is not allowed');
  if (ipaddr.isValid(host)) checkAddress(host, allowance);
}

/** Passes a public unicast address, or one within the allowance. @throws AddressBlocked */
export function checkAddress(address: string | undefined, allowance: HttpAllowance): void {
  if (!address || !ipaddr.isValid(address)) throw new AddressBlocked(`${String(address)} is no IP address`);
  // An address inside IPv6 (::ffff:10.0.0.1) is judged as the IPv4 address that it reaches.
  const parsed = ipaddr.process(address);
  const allowed = allowance.networks.some((text) => {
    const network = ipaddr.parseCIDR(text);
    return network[0].kind() === parsed.kind() && parsed.match(network as [ipaddr.IPv4, number]);
  });
  if (allowed) return;
  // ipaddr.js calls IPv4-compatible ::7f00:1 unicast; what is global lies in 2000::/3.
  const isGlobal =
    parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || parsed.match(globalUnicast6 as [ipaddr.IPv6, number]));
  if (!isGlobal || closedAddresses.has(parsed.toString()))
    throw new AddressBlocked(`${parsed.toString()} is not public (${parsed.range()})`);
}

/** Resolves a name and passes only when every one of its addresses may be called. @throws AddressBlocked */
export async function resolveChecked(
  hostname: string,
  allowance: HttpAllowance,
  resolve: Resolve,
): Promise<readonly { address: string; family: number }[]> {
  const addresses = await resolve(hostname);
  if (addresses.length === 0) throw new AddressBlocked(`${hostname} has no address`);
  for (const { address } of addresses) checkAddress(address, allowance);
  return addresses;
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

function isCidr(text: string): boolean {
  try {
    ipaddr.parseCIDR(text);
    return true;
  } catch {
    return false;
  }
}
