import { z } from 'zod';
import { erasedIssuer } from '#lib/events/erased-issuer.ts';
import { mayReadAddresses } from '#lib/kernel/addresses.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId } from '#lib/kernel/ids.ts';

/** An account that was linked to another, or could be: who and where it is. */
export type LinkedPerson = {
  id: string;
  displayName: string | null;
  email: string | null;
  subject: string;
  provider: string;
  lastSeenAt: string;
  liveSessions: number;
};
export type LinksOfPerson = {
  /** The other accounts of the same person. */
  linked: (LinkedPerson & { reason: string; linkedAt: string; linkedBy: string })[];
  /** Accounts with the same e-mail address that nobody linked: a hint for a person, never a rule. */
  suggested: LinkedPerson[];
};

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const membersMax = 50;

/**
 * Says that two accounts are one person's. Each stays what it is, an issuer and a subject with its own events, sessions and devices;
 * the link leads from one to the other, and lists and scopes can be asked for all of them. `other`: an id of ours, the address of
 * its page, an e-mail address or a subject. Groups that meet become one.
 * @throws Refusal `not_found` for an account that is not here; `conflict` when several are called that, or it is linked already
 */
export const linkPeople = defineCommand({
  action: 'people_linked',
  permission: 'policies:manage',
  input: z.strictObject({
    personId: z.uuid(),
    other: z.string().trim().min(1).max(500),
    reason: z.string().trim().min(3).max(500),
  }),
  async run({ tx, actor, input }) {
    const { tenantId } = actor;
    const otherId = await idOfOther(tx, tenantId, input, mayReadAddresses(actor));
    await oneAtATime(tx, tenantId);
    const groups = await tx.$queryRaw<{ id: string }[]>`
      SELECT group_id::text AS id FROM person_links WHERE tenant_id = ${tenantId}::uuid
        AND person_id = ANY(${[input.personId, otherId]}::text[]::uuid[]) ORDER BY group_id`;
    if (groups.length === 2 && groups[0]?.id === groups[1]?.id)
      throw new Refusal('conflict', 'These accounts are linked already. Nothing was changed.');
    const group = groups[0]?.id ?? newId();
    await tx.$executeRaw`
      UPDATE person_links SET group_id = ${group}::uuid
      WHERE tenant_id = ${tenantId}::uuid AND group_id = ANY(${groups.map(({ id }) => id)}::text[]::uuid[])`;
    await tx.$executeRaw`
      INSERT INTO person_links (tenant_id, person_id, group_id, reason, linked_at, linked_by)
      SELECT ${tenantId}::uuid, added.id, ${group}::uuid, ${input.reason}, clock_timestamp(), ${actor.label}
      FROM unnest(${[input.personId, otherId]}::text[]::uuid[]) AS added(id) ON CONFLICT DO NOTHING`;
    const members = await membersOf(tx, tenantId, group);
    if (members.length > membersMax)
      throw new Refusal(
        'conflict',
        `More than ${membersMax} accounts of one person are not linked. Nothing was changed.`,
      );
    return {
      result: { personId: input.personId, otherId, accounts: members.length },
      audit: {
        target: { type: 'person', id: input.personId },
        reason: input.reason,
        detail: { other: otherId, members },
      },
    };
  },
});

/** Takes an account out of the group it was linked into. @throws Refusal `conflict` when it is in none */
export const unlinkPerson = defineCommand({
  action: 'people_unlinked',
  permission: 'policies:manage',
  input: z.strictObject({ personId: z.uuid(), reason: z.string().trim().min(3).max(500) }),
  async run({ tx, actor, input }) {
    await oneAtATime(tx, actor.tenantId);
    const groups = await takeOut(tx, actor.tenantId, [input.personId]);
    if (groups.length === 0) throw new Refusal('conflict', 'This account is linked to no other. Nothing was changed.');
    const left = await membersOf(tx, actor.tenantId, groups[0] ?? '');
    return {
      result: { personId: input.personId },
      audit: { target: { type: 'person', id: input.personId }, reason: input.reason, detail: { left } },
    };
  },
});

/** Accounts that are no more, or name nobody any more, are linked to none. In the caller's transaction. */
export async function forgetLinks(tx: Tx, tenantId: string, people: readonly string[]): Promise<void> {
  if (people.length > 0) await takeOut(tx, tenantId, people);
}

/** The accounts linked to a person, and those that might be. */
export async function readLinks(tx: Tx, tenantId: string, personId: string): Promise<LinksOfPerson> {
  const linked = await tx.$queryRaw<(Row & { reason: string; linkedAt: Date; linkedBy: string })[]>`
    SELECT p.id::text, p.display_name AS "displayName", p.email, p.subject, v.slug AS provider, p.last_seen_at AS "lastSeenAt",
      (SELECT count(*)::int FROM sessions s WHERE s.tenant_id = p.tenant_id AND s.person_id = p.id AND s.ended_at IS NULL) AS "liveSessions",
      l.reason, l.linked_at AS "linkedAt", l.linked_by AS "linkedBy"
    FROM person_links own JOIN person_links l ON l.tenant_id = own.tenant_id AND l.group_id = own.group_id AND l.person_id <> own.person_id
    JOIN people p ON p.tenant_id = l.tenant_id AND p.id = l.person_id JOIN providers v ON v.tenant_id = p.tenant_id AND v.id = p.provider_id
    WHERE own.tenant_id = ${tenantId}::uuid AND own.person_id = ${personId}::uuid ORDER BY p.last_seen_at DESC, p.id`;
  const suggested = await tx.$queryRaw<Row[]>`
    SELECT p.id::text, p.display_name AS "displayName", p.email, p.subject, v.slug AS provider, p.last_seen_at AS "lastSeenAt",
      (SELECT count(*)::int FROM sessions s WHERE s.tenant_id = p.tenant_id AND s.person_id = p.id AND s.ended_at IS NULL) AS "liveSessions"
    FROM people own JOIN people p ON p.tenant_id = own.tenant_id AND p.email_key = own.email_key AND p.id <> own.id
    JOIN providers v ON v.tenant_id = p.tenant_id AND v.id = p.provider_id
    WHERE own.tenant_id = ${tenantId}::uuid AND own.id = ${personId}::uuid AND p.account_type <> 'unknown'
      AND p.id <> ALL(${linked.map(({ id }) => id)}::text[]::uuid[]) ORDER BY p.last_seen_at DESC, p.id LIMIT 5`;
  const plain = <Given extends Row>(row: Given) => ({ ...row, lastSeenAt: row.lastSeenAt.toISOString() });
  return {
    linked: linked.map((row) => ({ ...plain(row), linkedAt: row.linkedAt.toISOString() })),
    suggested: suggested.map(plain),
  };
}
type Row = Omit<LinkedPerson, 'lastSeenAt'> & { lastSeenAt: Date };

async function idOfOther(
  tx: Tx,
  tenantId: string,
  { personId, other }: { personId: string; other: string },
  byAddress: boolean,
): Promise<string> {
  const id = uuid.exec(other)?.[0].toLowerCase() ?? null;
  const rows = await tx.$queryRaw<{ id: string; issuer: string }[]>`
    SELECT id::text, issuer FROM people WHERE tenant_id = ${tenantId}::uuid AND (id = ${personId}::uuid OR id = ${id}::text::uuid
      OR (${byAddress} AND (email_key = ${other.toLowerCase()} OR subject = ${other})))
    ORDER BY id = ${personId}::uuid DESC LIMIT 3`;
  if (!rows.some((row) => row.id === personId))
    throw new Refusal('not_found', 'There is no such person. Nothing was changed.');
  if (rows.some(({ issuer }) => issuer === erasedIssuer))
    throw new Refusal('conflict', 'A person who was erased is linked to nobody. Nothing was changed.');
  const [found, another] = rows.filter((row) => row.id !== personId);
  if (!found)
    throw new Refusal(
      'not_found',
      'No other account here has this id, e-mail address or subject. Nothing was changed.',
    );
  if (another)
    throw new Refusal(
      'conflict',
      'Several accounts are called that. Open the one that is meant and give the address of its page. Nothing was changed.',
    );
  return found.id;
}

/** Two at once could each make a group for the same account. */
async function oneAtATime(tx: Tx, tenantId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`gatehouse_person_links ${tenantId}`}))`;
}

async function membersOf(tx: Tx, tenantId: string, group: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT person_id::text AS id FROM person_links WHERE tenant_id = ${tenantId}::uuid AND group_id = ${group}::text::uuid ORDER BY person_id`;
  return rows.map(({ id }) => id);
}

/** One account alone is no group. @returns the groups that lost somebody */
async function takeOut(tx: Tx, tenantId: string, people: readonly string[]): Promise<string[]> {
  const gone = await tx.$queryRaw<{ group: string }[]>`
    DELETE FROM person_links WHERE tenant_id = ${tenantId}::uuid AND person_id = ANY(${[...people]}::text[]::uuid[])
    RETURNING group_id::text AS group`;
  const groups = [...new Set(gone.map(({ group }) => group))];
  await tx.$executeRaw`
    DELETE FROM person_links l WHERE l.tenant_id = ${tenantId}::uuid AND l.group_id = ANY(${groups}::text[]::uuid[])
      AND NOT EXISTS (SELECT 1 FROM person_links m WHERE m.tenant_id = l.tenant_id AND m.group_id = l.group_id AND m.person_id <> l.person_id)`;
  return groups;
}
