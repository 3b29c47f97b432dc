import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ipaddr from 'ipaddr.js';
import { Reader } from 'maxmind';
import { z } from 'zod';

/** An autonomous system: its number and who runs it. */
export type Network = { asn: number; name: string | null };
export type NetworkDatabase = { find(ip: string): Network | null; description: string };

/** Thrown when the file cannot be used; says which and what to do. */
export class NetworkDatabaseUnusable extends Error {
  override name = 'NetworkDatabaseUnusable';
}

const comma = 0x2c;
const newline = 0x0a;
const quote = 0x22;
/** Addresses whose network is remembered: the same ones come again and again, and are the sender's to choose. */
const rememberedMax = 20_000;
const mmdbShape = z.object({
  autonomous_system_number: z.number().int().positive(),
  autonomous_system_organization: z.string().nullish().catch(null),
});

/**
 * Opens a list of autonomous systems: a MaxMind-format ASN file, or the folder of the bundled CSV lists (RouteViews, DB-IP; CC BY
 * 4.0), which become sorted columns in memory: some 7 MB for IPv4 at the first look, 3 MB for IPv6 when first asked for.
 * An empty name opens a list that knows nothing. @throws NetworkDatabaseUnusable
 */
export function openNetworkDatabase(file: string): NetworkDatabase {
  if (file === '') return { find: () => null, description: 'none: networks are unknown' };
  if (!existsSync(file))
    throw new NetworkDatabaseUnusable(`There is no list of networks at ${file}. Check GEOIP_ASN_DB.`);
  return statSync(file).isDirectory() ? openLists(file) : openMmdb(file);
}

function openMmdb(file: string): NetworkDatabase {
  try {
    const reader = new Reader<never>(readFileSync(file));
    if (!/asn|isp/i.test(reader.metadata.databaseType))
      throw new Error(`it holds ${reader.metadata.databaseType} data`);
    return {
      description: `${reader.metadata.databaseType} of ${reader.metadata.buildEpoch.toISOString().slice(0, 10)}`,
      find: remembering((ip) => {
        const found = mmdbShape.safeParse(reader.get(ip));
        return found.success
          ? { asn: found.data.autonomous_system_number, name: found.data.autonomous_system_organization ?? null }
          : null;
      }),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be read';
    throw new NetworkDatabaseUnusable(
      `The list of networks ${file} cannot be used: ${why}. Download it again, or unset GEOIP_ASN_DB.`,
    );
  }
}

type Ranges<Key> = { starts: Key[]; ends: Key[]; asns: number[]; names: Map<number, string> };

function openLists(folder: string): NetworkDatabase {
  const four = readList(path.join(folder, 'asn-ipv4-num.csv'), Number);
  let six: Ranges<bigint> | null = null;
  return {
    description: `list of ${four.starts.length} IPv4 ranges (RouteViews, DB-IP)`,
    find: remembering((ip) => {
      const address = ipaddr.parse(ip);
      const bytes = address.toByteArray();
      if (address.kind() === 'ipv4') return look(four, Buffer.from(bytes).readUInt32BE(0));
      six ??= readList(path.join(folder, 'asn-ipv6.csv'), upperHalf);
      return look(six, Buffer.from(bytes).readBigUInt64BE(0));
    }),
  };
}

function look<Key extends number | bigint>(ranges: Ranges<Key>, address: Key): Network | null {
  let low = 0;
  let high = ranges.starts.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const start = ranges.starts[middle] as Key;
    if (start > address) high = middle - 1;
    else if ((ranges.ends[middle] as Key) < address) low = middle + 1;
    else {
      const asn = ranges.asns[middle] as number;
      return { asn, name: ranges.names.get(asn) ?? null };
    }
  }
  return null;
}

/** Lines `start,end,number,name`, sorted by start. Names are read once a number. */
function readList<Key>(file: string, keyOf: (text: string) => Key): Ranges<Key> {
  if (!existsSync(file))
    throw new NetworkDatabaseUnusable(
      `The list of networks ${file} is missing. Run npm ci, or name a file in GEOIP_ASN_DB.`,
    );
  const bytes = readFileSync(file);
  const ranges: Ranges<Key> = { starts: [], ends: [], asns: [], names: new Map() };
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(newline, from);
    const until = end === -1 ? bytes.length : end;
    const first = bytes.indexOf(comma, from);
    const second = bytes.indexOf(comma, first + 1);
    const third = bytes.indexOf(comma, second + 1);
    if (first > from && third > second && third < until) {
      const asn = Number(bytes.toString('latin1', second + 1, third));
      ranges.starts.push(keyOf(bytes.toString('latin1', from, first)));
      ranges.ends.push(keyOf(bytes.toString('latin1', first + 1, second)));
      ranges.asns.push(asn);
      if (!ranges.names.has(asn)) ranges.names.set(asn, nameOf(bytes, third + 1, until));
    }
    from = until + 1;
  }
  if (ranges.starts.length === 0)
    throw new NetworkDatabaseUnusable(`The list of networks ${file} holds no ranges. Download it again.`);
  return ranges;
}

function nameOf(bytes: Buffer, from: number, until: number): string {
  const isQuoted = bytes[from] === quote;
  const text = bytes.toString('utf8', isQuoted ? from + 1 : from, isQuoted ? until - 1 : until).trim();
  return isQuoted ? text.replaceAll('""', '"') : text;
}

/** The upper 64 bits of an IPv6 address: no network announced to the world is smaller than a /64. */
function upperHalf(text: string): bigint {
  return Buffer.from(ipaddr.IPv6.parse(text).toByteArray()).readBigUInt64BE(0);
}

function remembering(find: (ip: string) => Network | null): (ip: string) => Network | null {
  const remembered = new Map<string, Network | null>();
  return (ip) => {
    const known = remembered.get(ip);
    if (known !== undefined) return known;
    let found: Network | null = null;
    try {
      const isAddress = ipaddr.IPv4.isValidFourPartDecimal(ip) || ipaddr.IPv6.isValid(ip);
      const address = isAddress ? ipaddr.process(ip) : null;
      if (address?.range() === 'unicast') found = find(address.toString());
    } catch {
      found = null;
    }
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(ip, found);
    return found;
  };
}
