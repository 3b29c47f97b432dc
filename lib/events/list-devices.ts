import { likeWords, narrowToPeople, personByEmail, personByWords } from '#lib/events/people-search.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import {
  type ColumnRule,
  countUpToCap,
  keysetPage,
  type ListQuery,
  type Page,
  whereOf,
} from '#lib/kernel/db/listing.ts';

/** A device of a person as lists show it. */
export type DeviceRow = {
  id: string;
  label: string;
  strong: boolean;
  personId: string;
  personName: string | null;
  personEmail: string | null;
  personSubject: string;
  provider: string;
  firstSeenAt: string;
  lastSeenAt: string;
  signIns: number;
  failures: number;
  ip: string | null;
  country: string | null;
  city: string | null;
  liveSessions: number;
};

export const deviceColumns: Readonly<Record<string, ColumnRule>> = {
  q: personByWords(Prisma.sql`d.person_id`, (typed) => Prisma.sql`d.label ILIKE ${likeWords(typed)}`),
  person: { kind: 'id', sql: Prisma.sql`d.person_id` },
  provider: {
    kind: 'custom',
    where: (
      values,
    ) => Prisma.sql`EXISTS (SELECT 1 FROM people owner JOIN providers named ON named.tenant_id = owner.tenant_id
      AND named.id = owner.provider_id WHERE owner.tenant_id = d.tenant_id AND owner.id = d.person_id AND named.slug = ANY(${[...values]}::text[]))`,
  },
  country: { kind: 'text', sql: Prisma.sql`d.country` },
  ip: { kind: 'network', sql: Prisma.sql`d.ip` },
  asn: { kind: 'number', sql: Prisma.sql`d.asn` },
  email: personByEmail(Prisma.sql`d.person_id`),
  first: { kind: 'time', sql: Prisma.sql`d.first_seen_at` },
  from: { kind: 'time', sql: Prisma.sql`d.last_seen_at` },
  to: { kind: 'time', sql: Prisma.sql`d.last_seen_at` },
};

const joins = Prisma.sql`FROM devices d
  JOIN people p ON p.tenant_id = d.tenant_id AND p.id = d.person_id
  JOIN providers v ON v.tenant_id = p.tenant_id AND v.id = p.provider_id`;

/** One page of devices, latest seen first. */
export async function listDevices(tx: Tx, tenantId: string, query: ListQuery): Promise<Page<DeviceRow>> {
  const conditions = await narrowToPeople(tx, query.conditions, ['email']);
  const where = Prisma.sql`d.tenant_id = ${tenantId}::uuid AND ${whereOf(conditions, deviceColumns)}`;
  return keysetPage({
    query,
    keyOf: (row) => ({ at: row.lastSeenAt, id: row.id }),
    sortAt: Prisma.sql`d.last_seen_at`,
    sortId: Prisma.sql`d.id`,
    fetch: async ({ after, order, limit }) => {
      const rows = await tx.$queryRaw<
        (Omit<DeviceRow, 'firstSeenAt' | 'lastSeenAt'> & { firstSeenAt: Date; lastSeenAt: Date })[]
      >`
        SELECT d.id::text, d.label, d.strong, d.person_id::text AS "personId", p.display_name AS "personName", p.email AS "personEmail",
          p.subject AS "personSubject", v.slug AS provider, d.first_seen_at AS "firstSeenAt", d.last_seen_at AS "lastSeenAt",
          d.sign_ins AS "signIns", d.failures, host(d.ip) AS ip, d.country, d.city,
          (SELECT count(*)::int FROM sessions s WHERE s.tenant_id = d.tenant_id AND s.person_id = d.person_id AND s.device_id = d.id
            AND s.ended_at IS NULL) AS "liveSessions"
        ${joins} WHERE ${where} AND ${after} ORDER BY ${order} LIMIT ${limit}`;
      return rows.map((row) => ({
        ...row,
        firstSeenAt: row.firstSeenAt.toISOString(),
        lastSeenAt: row.lastSeenAt.toISOString(),
      }));
    },
    count: () => countUpToCap(tx, Prisma.sql`FROM devices d WHERE ${where}`),
  });
}
