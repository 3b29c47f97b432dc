import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { loadKeyEncryptionKey } from '#lib/kernel/crypto/key-encryption-key.ts';
import { sealSecret } from '#lib/kernel/crypto/secret-box.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { newId, newSecret, sha256 } from '#lib/kernel/ids.ts';
import { noteCase } from '#lib/recovery/case-steps.ts';
import { caseHours } from '#lib/recovery/proof-policy.ts';
import { withinAttempts } from '#lib/staff/attempts.ts';
import { networkOf } from '#lib/staff/rate-limit.ts';

export const intakeShape = z.strictObject({
  identifier: z.string().trim().min(3).max(254),
  story: z.string().trim().max(1_000).default(''),
  tenant: z.string().trim().max(64).default('main'),
});

/** Answers leave on this beat, so that what happened in between cannot be told from the time it took. */
const beatMs = 400;
const numberLetters = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Where a case's veto token is wrapped to: it does not open for another case. */
export const vetoPlace = (tenantId: string, caseId: string) => `recovery-veto ${tenantId} ${caseId}`;

/**
 * Takes a request in. Known and unknown people get the same: a row, a number, a link, the same words after the same time; whether
 * somebody was found is known to the help desk alone. The secret is for the browser that asked and is kept as a hash.
 * @throws Refusal `rate_limited`
 */
export async function openCase(
  database: Database,
  input: z.output<typeof intakeShape>,
  from: { ip: string | null; userAgent: string | null; requestId: string | null },
): Promise<{ number: string; secret: string }> {
  const began = performance.now();
  const account = input.identifier.toLowerCase();
  const made = { number: newNumber(), secret: newSecret() };
  // Never "right", so every request takes its room: ten for one name, twenty from one network.
  await withinAttempts(database, { purpose: 'intake', account, ip: from.ip }, async () => {
    await store(database, input, from, made);
    return null;
  });
  const took = performance.now() - began;
  await pause(Math.ceil((took + 1) / beatMs) * beatMs - took);
  return made;
}

async function store(
  database: Database,
  input: z.output<typeof intakeShape>,
  from: { ip: string | null; userAgent: string | null; requestId: string | null },
  made: { number: string; secret: string },
): Promise<void> {
  const tenants = await database.outsideTenants((tx) =>
    tx.tenant.findMany({ where: { slug: { in: [input.tenant, 'main'] } }, select: { id: true, slug: true } }),
  );
  const tenant = tenants.find(({ slug }) => slug === input.tenant) ?? tenants[0];
  if (!tenant) return;
  const tenantId = tenant.id;
  const id = newId();
  const veto = newSecret();
  const wrapped = sealSecret(loadKeyEncryptionKey(readEnv()).key, veto, vetoPlace(tenantId, id));
  await database.inTenant(tenantId, async (tx) => {
    const typed = input.identifier.toLowerCase();
    // Who is found counts for the row alone; the statement is the same one. A provider that can be acted at comes first.
    await tx.$executeRaw`
      INSERT INTO recovery_cases (tenant_id, id, number, secret_hash, veto_hash, wrapped_veto, identifier, story, person_id, provider_id, state, ip, network,
        user_agent, expires_at)
      SELECT ${tenantId}::uuid, ${id}::uuid, ${made.number}, ${new Uint8Array(sha256(made.secret))}, ${new Uint8Array(sha256(veto))}, ${new Uint8Array(wrapped)},
        ${input.identifier}, ${input.story}, found.id, found.provider_id, 'open', ${from.ip}::inet, ${networkOf(from.ip)}, ${from.userAgent?.slice(0, 300) ?? null},
        clock_timestamp() + make_interval(hours => ${caseHours})
      FROM (SELECT 1) AS one LEFT JOIN LATERAL (
        SELECT p.id, p.provider_id FROM people p JOIN providers v ON v.tenant_id = p.tenant_id AND v.id = p.provider_id
        WHERE p.tenant_id = ${tenantId}::uuid AND (p.email_key = ${typed} OR p.subject = ${input.identifier})
        ORDER BY v.base_url IS NULL, p.last_seen_at DESC LIMIT 1) AS found ON true`;
    await noteCase(tx, tenantId, id, 'The person', 'Asked for help with signing in');
    const door: Actor = {
      type: 'system',
      id: 'recovery-intake',
      label: 'Recovery intake',
      tenantId,
      permissions: new Set(),
      ip: from.ip,
      requestId: from.requestId,
    };
    await appendAudit(tx, door, {
      action: 'recovery_requested',
      outcome: 'success',
      target: { type: 'recovery_case', id },
      detail: { number: made.number },
    });
  });
}

/** A number that is easy to say on the phone: R-7K3M-92QD. About 39 bits, unguessable enough for a name that opens nothing. */
function newNumber(): string {
  const letters = Array.from({ length: 8 }, () => numberLetters[randomInt(numberLetters.length)]).join('');
  return `R-${letters.slice(0, 4)}-${letters.slice(4)}`;
}
