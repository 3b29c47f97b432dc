import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { networkDatabaseFile } from '#lib/kernel/geo/city-database-file.ts';
import { openNetworkDatabase } from '#lib/kernel/geo/network-database.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-networks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('[F48] networks', () => {
  test('come from the bundled list, both families; what is not announced is unknown', () => {
    const networks = openNetworkDatabase(networkDatabaseFile());
    expect(networks.find('1.1.1.1')).toEqual({ asn: 13_335, name: 'Cloudflare, Inc.' });
    expect(networks.find('::ffff:1.1.1.1')).toEqual({ asn: 13_335, name: 'Cloudflare, Inc.' });
    expect(networks.find('2606:4700:4700::1111')).toMatchObject({ asn: 13_335 });
    for (const ip of ['10.0.0.1', '127.0.0.1', '192.0.2.1', '::1', 'fe80::1', '0x1.1', 'nonsense', '']) {
      expect(networks.find(ip)).toBeNull();
    }
  });

  test('a missing, empty or foreign file is named; without one everything is unknown', () => {
    expect(() => openNetworkDatabase(path.join(folder, 'absent.mmdb'))).toThrow(/There is no list of networks/);
    expect(() => openNetworkDatabase(folder)).toThrow(/asn-ipv4-num\.csv is missing/);
    writeFileSync(path.join(folder, 'asn-ipv4-num.csv'), 'nothing\n');
    expect(() => openNetworkDatabase(folder)).toThrow(/holds no ranges/);
    writeFileSync(path.join(folder, 'cut.mmdb'), 'cut off');
    expect(() => openNetworkDatabase(path.join(folder, 'cut.mmdb'))).toThrow(/cannot be used/);
    expect(openNetworkDatabase('').find('1.1.1.1')).toBeNull();
  });
});
