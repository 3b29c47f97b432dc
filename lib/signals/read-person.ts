import { type LinksOfPerson, readLinks } from '#lib/events/linked-people.ts';
import { type DeviceRow, listDevices } from '#lib/events/list-devices.ts';
import { listPeople, type PersonRow } from '#lib/events/list-people.ts';
import { listSessions, type SessionRow } from '#lib/events/list-sessions.ts';
import { type LastSignOut, lastSignOut } from '#lib/events/read-sign-outs.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { listSignals, type SignalRow } from '#lib/signals/list-signals.ts';

/** Days of sign-in history a person's page shows. */
export const historyDays = 35;
const rowsShown = 20;

export type PersonPlace = {
  city: string | null;
  country: string | null;
  latitude: number;
  longitude: number;
  radiusKm: number | null;
  signIns: number;
  lastAt: string;
};
export type PersonReading = {
  person: PersonRow;
  sessions: { rows: SessionRow[]; total: number };
  devices: { rows: DeviceRow[]; total: number };
  signals: { rows: SignalRow[]; total: number };
  /** Sign-ins a day (UTC), without gaps, oldest first. */
  days: { day: string; succeeded: number; failed: number }[];
  places: PersonPlace[];
  links: LinksOfPerson;
  signedOut: LastSignOut | null;
};

/** Everything known of one person; `null` when they are not in this tenant. */
export async function readPerson(tx: Tx, tenantId: string, id: string): Promise<PersonReading | null> {
  const by = (field: string) => ({
    conditions: [{ field, op: 'is' as const, value: [id] }],
    cursor: null,
    limit: rowsShown,
  });
  const [person] = (await listPeople(tx, tenantId, by('id'))).rows;
  if (!person) return null;
  const days = await tx.$queryRaw<{ day: string; succeeded: number; failed: number }[]>`
    SELECT to_char(d.day, 'YYYY-MM-DD') AS day, COALESCE(c.succeeded, 0) AS succeeded, COALESCE(c.failed, 0) AS failed
    FROM generate_series(date_trunc('day', now()) - make_interval(days => ${historyDays - 1}::int), date_trunc('day', now()), interval '1 day') AS d(day)
    LEFT JOIN (
      SELECT date_trunc('day', occurred_at) AS day, count(*) FILTER (WHERE outcome = 'success')::int AS succeeded,
        count(*) FILTER (WHERE outcome = 'failure')::int AS failed
      FROM events WHERE tenant_id = ${tenantId}::uuid AND person_id = ${id}::uuid AND type = 'sign_in'
        AND occurred_at >= date_trunc('day', now()) - make_interval(days => ${historyDays - 1}::int) GROUP BY 1
    ) AS c ON c.day = d.day ORDER BY d.day`;
  const places = await tx.$queryRaw<(Omit<PersonPlace, 'lastAt'> & { lastAt: Date })[]>`
    SELECT city, country, avg(latitude)::float8 AS latitude, avg(longitude)::float8 AS longitude, max(radius_km) AS "radiusKm",
      count(*)::int AS "signIns", max(occurred_at) AS "lastAt"
    FROM events WHERE tenant_id = ${tenantId}::uuid AND person_id = ${id}::uuid AND type = 'sign_in' AND outcome = 'success'
      AND latitude IS NOT NULL AND longitude IS NOT NULL AND occurred_at >= date_trunc('day', now()) - make_interval(days => ${historyDays - 1}::int)
    GROUP BY city, country ORDER BY "signIns" DESC, city LIMIT 12`;
  return {
    person,
    sessions: await listSessions(tx, tenantId, by('person')),
    devices: await listDevices(tx, tenantId, by('person')),
    signals: await listSignals(tx, tenantId, by('person')),
    days,
    places: places.map((place) => ({ ...place, lastAt: place.lastAt.toISOString() })),
    links: await readLinks(tx, tenantId, id),
    signedOut: await lastSignOut(tx, tenantId, id),
  };
}
