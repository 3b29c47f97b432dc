import { type CityDatabase, openCityDatabase } from '#lib/kernel/geo/city-database.ts';
import { log } from '#lib/kernel/log.ts';

const noPlaces: CityDatabase = {
  find: () => ({ country: null, region: null, city: null, latitude: null, longitude: null, radiusKm: null }),
  attribution: null,
  description: 'none: places are unknown',
  describe: () => ({ path: '', type: 'none', buildDate: new Date(0) }),
};
const shared = globalThis as { gatehousePlaces?: CityDatabase };

/**
 * This process's city database (GEOIP_CITY_DB), opened at first use. A file that cannot be used is logged and leaves places
 * unknown; it stops neither events nor the desk.
 */
export function places(): CityDatabase {
  if (shared.gatehousePlaces) return shared.gatehousePlaces;
  try {
    shared.gatehousePlaces = openCityDatabase(process.env.GEOIP_CITY_DB ?? '');
  } catch (error) {
    log.error({ err: error }, 'no places: the city database cannot be used');
    shared.gatehousePlaces = noPlaces;
  }
  return shared.gatehousePlaces;
}
