import { z } from 'zod';
import { appendAudit } from '#lib/kernel/audit.ts';
import { type Database, Prisma, type Tx } from '#lib/kernel/db/database.ts';
import { equalBytes, sha256, stableId } from '#lib/kernel/ids.ts';
import { withinAttempts } from '#lib/staff/attempts.ts';
import { breakGlassActor, breakGlassMinutes } from '#lib/staff/break-glass.ts';
import { takeChallenge } from '#lib/staff/challenges.ts';
import { createDeskSession } from '#lib/staff/desk-sessions.ts';
import { queueForEverybody } from '#lib/staff/notify-everybody.ts';
import { judgeAssertion, type ReadAssertion, readAssertion } from '#lib/staff/passkeys.ts';
import { bytesOf, userHandleOf } from '#lib/staff/webauthn-forms.ts';

const tenant = z.string().trim().min(1).max(40);
const reason = z.string().trim().min(3, 'Say in a few words why; everybody on the staff reads it.').max(500);
const half = z.string().trim().max(100);

/** What two people type together: each their half, and why. */
export const openBreakGlassInput = z.strictObject({ tenant, firstHalf: half, secondHalf: half, reason });

/** What the holder of a hardware key gives: an assertion of it, and why. */
export const openWithKeyInput = z.strictObject({ tenant, reason, response: z.unknown() });

type Circumstances = { ip: string | null; userAgent: string | null };
/** How it was opened: in the audit, and in the words that everybody reads. */
type Opened = { detail: { holders: string[] } | { key: string; given_by: string; admitted_by: string }; words: string };

/**
 * Opens the break-glass account of a tenant with both halves of its code, in either order, once: it works as an administrator for
 * an hour. A critical signal is raised and everybody on the staff is told, in the same transaction. `null` for anything wrong,
 * the same for all of it. @throws Refusal `rate_limited`
 */
export async function openBreakGlass(
  database: Database,
  input: z.output<typeof openBreakGlassInput>,
  at: Circumstances,
): Promise<string | null> {
  const [first, second] = [input.firstHalf, input.secondHalf].map((each) => new Uint8Array(sha256(each)));
  return attempt(database, input.tenant, at, (tx, tenantId) =>
    open(tx, tenantId, input.reason, at, {
      condition: Prisma.sql`((first_half = ${first} AND second_half = ${second}) OR (first_half = ${second} AND second_half = ${first}))`,
      how: (holders) => ({ detail: { holders }, words: `the halves of ${holders.join(' and ')}` }),
    }),
  );
}

/**
 * Opens it with one of its hardware keys that two people put there; the same in all else. The challenge is of this browser and this
 * tenant, and used up whatever the outcome. @throws Refusal `rate_limited`
 */
export async function openBreakGlassWithKey(
  database: Database,
  input: z.output<typeof openWithKeyInput>,
  at: Circumstances & { browser: string | null },
): Promise<string | null> {
  const read = readAssertion(input.response);
  const { browser } = at;
  const isOurs =
    read !== null &&
    browser !== null &&
    (await database.outsideTenants((tx) =>
      takeChallenge(tx, {
        purpose: 'break-glass',
        boundTo: browser,
        subject: input.tenant,
        challenge: read.challenge,
      }),
    ));
  return attempt(database, input.tenant, at, async (tx, tenantId) => {
    const key = isOurs ? await provedKey(tx, tenantId, read) : null;
    if (!key) return null;
    const detail = { key: key.name, given_by: key.addedBy, admitted_by: key.admittedBy ?? '' };
    return open(tx, tenantId, input.reason, at, {
      condition: Prisma.sql`true`,
      how: () => ({ detail, words: `the hardware key "${key.name}"` }),
    });
  });
}

async function attempt(
  database: Database,
  slug: string,
  at: Circumstances,
  work: (tx: Tx, tenantId: string) => Promise<string | null>,
): Promise<string | null> {
  const found = await database.outsideTenants((tx) => tx.tenant.findUnique({ where: { slug } }));
  const circumstances = { purpose: 'break-glass', account: slug, ip: at.ip } as const;
  return withinAttempts(database, found ? { ...circumstances, tenantId: found.id } : circumstances, async () => {
    if (!found) return null;
    return database.inTenant(found.id, async (tx) => {
      const token = await work(tx, found.id);
      if (token === null)
        await appendAudit(tx, breakGlassActor(found.id, stableId('break-glass', found.id), at.ip), {
          action: 'authn_login_fail',
          outcome: 'failure',
          detail: { way: 'break-glass' },
        });
      return token;
    });
  });
}

/** The admitted key that gave this assertion, its counter moved on; `null` when anything does not fit. */
async function provedKey(tx: Tx, tenantId: string, read: ReadAssertion) {
  const key = await tx.breakGlassKey.findUnique({
    where: { tenantId_credentialId: { tenantId, credentialId: bytesOf(read.response.id) } },
    include: { account: { select: { operatorId: true } } },
  });
  if (!key?.admittedAt) return null;
  const { userHandle } = read.response.response;
  if (!userHandle || !equalBytes(bytesOf(userHandle), userHandleOf(key.account.operatorId))) return null;
  const judged = await judgeAssertion(read, key);
  if (typeof judged === 'string') return null;
  const moved = await tx.$executeRaw`
    UPDATE break_glass_keys SET counter = ${judged.newCounter}, last_used_at = clock_timestamp()
    WHERE tenant_id = ${tenantId}::uuid AND id = ${key.id}::uuid AND counter = ${key.counter}`;
  return moved > 0 ? key : null;
}

async function open(
  tx: Tx,
  tenantId: string,
  why: string,
  at: Circumstances,
  by: { condition: Prisma.Sql; how: (holders: string[]) => Opened },
): Promise<string | null> {
  // Whoever finds it in somebody else's hands has come too late; waiting for them would end in the database's limit on waiting.
  const [opened] = await tx.$queryRaw<{ operatorId: string; holders: string[]; until: Date }[]>`
    UPDATE break_glass_accounts SET state = 'opened', opened_at = clock_timestamp(), reason = ${why},
      opened_until = clock_timestamp() + make_interval(mins => ${breakGlassMinutes}) - interval '1 second'
    WHERE tenant_id = (SELECT b.tenant_id FROM break_glass_accounts b WHERE b.tenant_id = ${tenantId}::uuid AND b.state = 'sealed' FOR UPDATE SKIP LOCKED)
      AND ${by.condition}
    RETURNING operator_id::text AS "operatorId", holders, opened_until AS until`;
  if (!opened) return null;
  const how = by.how(opened.holders);
  await tx.breakGlassAccount.update({ where: { tenantId }, data: { openedWith: how.words } });
  return enter(tx, tenantId, opened, how, why, at);
}

async function enter(
  tx: Tx,
  tenantId: string,
  { operatorId, until }: { operatorId: string; until: Date },
  how: Opened,
  why: string,
  at: Circumstances,
): Promise<string> {
  await tx.operatorRole.createMany({
    data: [{ tenantId, operatorId, role: 'administrator', grantedBy: `${how.words}, by breaking the glass` }],
    skipDuplicates: true,
  });
  const session = await createDeskSession(tx, {
    operatorId,
    tenantId,
    way: 'break-glass',
    passkeyId: null,
    ip: at.ip,
    userAgent: at.userAgent,
    absoluteHours: breakGlassMinutes / 60,
  });
  const words = `The break-glass account was opened with ${how.words}: ${why}`;
  await tx.$executeRaw`
    INSERT INTO signals (tenant_id, id, detector, key, severity, severity_rank, state, title, summary, ip, first_at, last_at, evidence, explanations)
    VALUES (${tenantId}::uuid, ${stableId('signal', tenantId, `break-glass ${session.id}`)}::uuid, 'break-glass', ${`break-glass ${session.id}`}, 'critical', 4, 'open',
      'Break-glass account opened', ${words}, ${at.ip}::inet, clock_timestamp(), clock_timestamp(),
      ${JSON.stringify({ ...how.detail, reason: why, until: until.toISOString() })}::jsonb, '[]'::jsonb)`;
  await queueForEverybody(tx, tenantId, {
    subject: 'The break-glass account was opened',
    text: `${words}\n\nIt works as an administrator until ${until.toISOString()}. If you do not know of this, act now: end its session on the staff page and look at the audit.`,
  });
  await appendAudit(tx, breakGlassActor(tenantId, operatorId, at.ip), {
    action: 'break_glass_opened',
    outcome: 'success',
    target: { type: 'desk_session', id: session.id },
    reason: why,
    detail: { ...how.detail, until: until.toISOString() },
  });
  return session.token;
}
