import { personByEmail, personByWords, rulesForWords } from '#lib/events/people-search.ts';
import { byProviderSlug } from '#lib/events/provider-rule.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import {
  type ColumnRule,
  countUpToCap,
  keysetPage,
  type ListQuery,
  type Page,
  whereOf,
} from '#lib/kernel/db/listing.ts';

/** A person (an identity at a provider) as lists show it. */
export type PersonRow = {
  id: string;
  displayName: string | null;
  email: string | null;
  subject: string;
  issuer: string;
  accountType: string;
  provider: string;
  firstSeenAt: string;
  lastSeenAt: string;
  signIns: number;
  failures: number;
  liveSessions: number;
};

export const personColumns: Readonly<Record<string, ColumnRule>> = {
  q: personByWords(Prisma.sql`p.id`),
  email: personByEmail(Prisma.sql`p.id`),
  id: { kind: 'id', sql: Prisma.sql`p.id` },
  provider: byProviderSlug(Prisma.sql`p.provider_id`),
  type: { kind: 'text', sql: Prisma.sql`p.account_type` },
  from: { kind: 'time', sql: Prisma.sql`p.last_seen_at` },
  to: { kind: 'time', sql: Prisma.sql`p.last_seen_at` },
};
const joins = Prisma.sql`FROM people p JOIN providers v ON v.tenant_id = p.tenant_id AND v.id = p.provider_id`;

/** One page of people, latest seen first. */
export async function listPeople(tx: Tx, tenantId: string, query: ListQuery): Promise<Page<PersonRow>> {
  const rules = await rulesForWords(tx, query.conditions, personColumns);
  const [page, total] = [rules, personColumns].map(
    (each) => Prisma.sql`p.tenant_id = ${tenantId}::uuid AND ${whereOf(query.conditions, each)}`,
  ) as [Prisma.Sql, Prisma.Sql];
  return keysetPage({
    query,
    keyOf: (row) => ({ at: row.lastSeenAt, id: row.id }),
    sortAt: Prisma.sql`p.last_seen_at`,
    sortId: Prisma.sql`p.id`,
    fetch: async ({ after, order, limit }) => {
      const rows = await tx.$queryRaw<
        (Omit<PersonRow, 'firstSeenAt' | 'lastSeenAt'> & { firstSeenAt: Date; lastSeenAt: Date })[]
      >`
        SELECT p.id::text, p.display_name AS "displayName", p.email, p.subject, p.issuer, p.account_type AS "accountType", v.slug AS provider,
          p.first_seen_at AS "firstSeenAt", p.last_seen_at AS "lastSeenAt", p.sign_ins AS "signIns", p.failures,
          (SELECT count(*)::int FROM sessions s WHERE s.tenant_id = p.tenant_id AND s.person_id = p.id AND s.ended_at IS NULL) AS "liveSessions"
        ${joins} WHERE ${page} AND ${after} ORDER BY ${order} LIMIT ${limit}`;
      return rows.map((row) => ({
        ...row,
        firstSeenAt: row.firstSeenAt.toISOString(),
        lastSeenAt: row.lastSeenAt.toISOString(),
      }));
    },
    count: () => countUpToCap(tx, Prisma.sql`FROM people p WHERE ${total}`),
  });
}
