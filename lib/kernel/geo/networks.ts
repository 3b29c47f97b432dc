import { type Network, openNetworkDatabase } from '#lib/kernel/geo/network-database.ts';
import { log } from '#lib/kernel/log.ts';

const shared = globalThis as { gatehouseNetworks?: { find(ip: string): Network | null } };

/**
 * The autonomous system an address belongs to, from GEOIP_ASN_DB or the list that comes with Gatehouse; `null` when unknown. A file
 * that cannot be used is logged once and leaves networks unknown; it stops neither events nor the desk.
 */
export function findNetwork(ip: string): Network | null {
  if (!shared.gatehouseNetworks) {
    try {
      shared.gatehouseNetworks = openNetworkDatabase(process.env.GEOIP_ASN_DB ?? '');
    } catch (error) {
      log.error({ err: error }, 'no networks: the list of autonomous systems cannot be used');
      shared.gatehouseNetworks = { find: () => null };
    }
  }
  return shared.gatehouseNetworks.find(ip);
}
