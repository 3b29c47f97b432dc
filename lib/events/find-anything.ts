import ipaddr from 'ipaddr.js';
import { listPeople } from '#lib/events/list-people.ts';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import type { Permission } from '#lib/model/permissions.ts';

/** A thing found by a few characters: what it is, how it is called, where it lives. */
export type Hit = {
  kind: 'person' | 'session' | 'device' | 'address';
  id: string;
  label: string;
  note: string;
  href: string;
};
const hitsMax = 6;

/**
 * Finds people by name, e-mail or subject, sessions by their id (ours or the provider's), and what an address was seen with. Only
 * kinds the reader may see are looked for. Three characters at least; fewer find nothing.
 */
export async function findAnything(
  tx: Tx,
  tenantId: string,
  text: string,
  permissions: ReadonlySet<Permission>,
): Promise<Hit[]> {
  const words = text.trim();
  if (words.length < 3) return [];
  const hits: Hit[] = [];
  if (ipaddr.isValid(words) && permissions.has('sessions:read') && permissions.has('people:read-addresses'))
    hits.push(...(await byAddress(tx, tenantId, words)));
  if (permissions.has('sessions:read')) hits.push(...(await bySessionId(tx, tenantId, words)));
  if (permissions.has('people:read')) hits.push(...(await byPerson(tx, tenantId, words)));
  return hits;
}

async function byAddress(tx: Tx, tenantId: string, ip: string): Promise<Hit[]> {
  const [row] = await tx.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM (SELECT 1 FROM sessions WHERE tenant_id = ${tenantId}::uuid AND ip = ${ip}::text::inet LIMIT 1000) AS counted`;
  return row
    ? [
        {
          kind: 'address',
          id: ip,
          label: ip,
          note: row.n === 1 ? '1 session' : `${row.n >= 1000 ? '1,000 or more' : row.n} sessions`,
          href: `/sessions?ip=${encodeURIComponent(ip)}`,
        },
      ]
    : [];
}

async function bySessionId(tx: Tx, tenantId: string, text: string): Promise<Hit[]> {
  const isOurs = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
  const own = isOurs ? Prisma.sql`OR s.id = ${text}::uuid` : Prisma.empty;
  const rows = await tx.$queryRaw<{ id: string; source: string; who: string | null }[]>`
    SELECT s.id::text, s.source_session_id AS source, COALESCE(p.display_name, p.email, p.subject) AS who FROM sessions s
    LEFT JOIN people p ON p.tenant_id = s.tenant_id AND p.id = s.person_id
    WHERE s.tenant_id = ${tenantId}::uuid AND (s.source_session_id = ${text} ${own}) LIMIT ${hitsMax}`;
  return rows.map(({ id, source, who }) => ({
    kind: 'session',
    id,
    label: source,
    note: who ?? 'unknown person',
    href: `/sessions?q=${encodeURIComponent(source)}&open=${id}`,
  }));
}

async function byPerson(tx: Tx, tenantId: string, text: string): Promise<Hit[]> {
  const conditions = [{ field: 'q', op: 'is' as const, value: [text] }];
  const { rows } = await listPeople(tx, tenantId, { conditions, cursor: null, limit: hitsMax });
  return rows.map(({ id, displayName, email, subject, provider }) => ({
    kind: 'person',
    id,
    label: displayName ?? email ?? subject,
    note: [displayName ? email : null, provider].filter(Boolean).join(' · '),
    href: `/people/${id}`,
  }));
}
