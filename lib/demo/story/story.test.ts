import { describe, expect, test } from 'vitest';
import { employees, employeesAt } from '#lib/demo/company.ts';
import { elsewhere, networks } from '#lib/demo/story/seats.ts';
import { daysBefore, storyBetween } from '#lib/demo/story/story.ts';
import { openCityDatabase } from '#lib/kernel/geo/city-database.ts';
import { cityDatabaseFile } from '#lib/kernel/geo/city-database-file.ts';
import { findProvider } from '#lib/providers/registry.ts';

const anchor = new Date('2026-11-24T14:00:00Z');
const everything = storyBetween(anchor, new Date(0), anchor);

describe('the company', () => {
  test('is made up: example names, staff numbers and addresses that are nobody’s', () => {
    expect(employees.length).toBeGreaterThanOrEqual(60);
    for (const unique of ['email', 'staffNumber', 'name'] as const)
      expect(new Set(employees.map((employee) => employee[unique])).size).toBe(employees.length);
    for (const { email } of employees) expect(email).toMatch(/^[a-z.]+@halden\.example$/);
  });

  test('works where the city database says it does', () => {
    const { find } = openCityDatabase(cityDatabaseFile());
    const city = (ip: string) => find(ip).city?.replace(/ \(.*/, '').toLowerCase();
    for (const [site, { office, homes }] of Object.entries(networks))
      for (const network of [office, ...homes])
        for (const last of [4, 20, 120, 220]) expect(city(`${network}.${last}`), `${network}.${last}`).toBe(site);
    expect(Object.values(elsewhere).map(city)).toEqual([
      'london',
      'singapore',
      'sao paulo',
      'amsterdam',
      'bucharest',
      'warsaw',
      'sofia',
    ]);
  });
});

describe('the story', () => {
  test('is a few thousand records that its providers’ mappings read, each with an id of its own', () => {
    expect(everything.length).toBeGreaterThan(3_000);
    expect(everything.length).toBeLessThan(9_000);
    const read = everything.map(({ system, record }) => findProvider(system)?.map(record));
    expect(new Set(read.map((event) => event?.sourceEventId)).size).toBe(everything.length);
    for (const [index, event] of read.entries()) expect(event?.occurredAt.getTime()).toBe(everything[index]?.at);
    expect(new Set(read.map((event) => event?.type))).not.toContain('other');
    const people = new Set(
      read.flatMap((event) => (event?.person?.accountType === 'human' ? event.person.subject : [])),
    );
    expect(people.size).toBe(employees.length - employeesAt('sample').length);
  });

  test('is the same whenever it is told, and telling it in pieces tells it whole', () => {
    expect(storyBetween(anchor, new Date(0), anchor)).toEqual(everything);
    const middle = new Date(anchor.getTime() - 3 * 86_400_000);
    expect([...storyBetween(anchor, new Date(0), middle), ...storyBetween(anchor, middle, anchor)]).toEqual(everything);
    const later = new Date(anchor.getTime() + 2 * 86_400_000);
    const told = storyBetween(anchor, new Date(0), later);
    expect(told.slice(0, everything.length)).toEqual(everything);
    expect(told.length).toBeGreaterThan(everything.length);
    expect(Math.min(...everything.map(({ at }) => at))).toBeGreaterThanOrEqual(
      anchor.getTime() - daysBefore * 86_400_000,
    );
  });

  test('keeps office hours and quiet weekends', () => {
    const inHamburg = everything.filter(
      ({ record }) =>
        JSON.stringify(record).includes(`${networks.hamburg.office}.`) &&
        !JSON.stringify(record).includes(`${networks.hamburg.office}.2"`),
    );
    const hours = inHamburg.map(({ at }) => new Date(at).getUTCHours());
    expect(hours.filter((hour) => hour < 6 || hour > 21)).toEqual([]);
    const weekend = everything.filter(({ at }) => [0, 6].includes(new Date(at).getUTCDay()));
    expect(weekend.length).toBeLessThan(everything.length / 10);
  });
});
