import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { failpoint } from '#lib/kernel/failpoint.ts';
import { log } from '#lib/kernel/log.ts';
import { unwrapProofSecret } from '#lib/recovery/ask-proof.ts';
import { noteCase } from '#lib/recovery/case-steps.ts';
import { endSessionsOf } from '#lib/recovery/end-sessions.ts';
import { loadCase, lockCase, personOfCase, providerOfCase } from '#lib/recovery/load-case.ts';
import { tellAddresses } from '#lib/recovery/tell-addresses.ts';
import { type Mailer, mailerOf } from '#lib/staff/outbox/mailer.ts';

/** Cases worked on in one round at most. */
const most = 20;

/**
 * The worker's stage for recovery: tells addresses of a request, sends codes, takes back what was not approved, notices new
 * authenticators and ends the old ones, lets cases expire. Each claims its row by its state, so any worker may die at any point.
 * @returns how many cases moved
 */
export async function workRecovery(database: Database, tenantId: string, signal: AbortSignal): Promise<number> {
  const [any] = await database.inTenant(
    tenantId,
    (tx) => tx.$queryRaw<unknown[]>`
      SELECT 1 FROM recovery_cases WHERE tenant_id = ${tenantId}::uuid AND closed_at IS NULL LIMIT 1`,
  );
  if (!any) return 0;
  const told = await tellOfRequests(database, tenantId);
  const sent = await sendCodes(database, tenantId, signal);
  const back = await takeBack(database, tenantId);
  const bound = await noticeBindings(database, tenantId, signal);
  const done = await finish(database, tenantId, signal);
  return told + sent + back + bound + done + (await expire(database, tenantId));
}

async function tellOfRequests(database: Database, tenantId: string): Promise<number> {
  return database.inTenant(tenantId, async (tx) => {
    const rows = await tx.$queryRaw<{ id: string; known: boolean }[]>`
      UPDATE recovery_cases SET noticed_at = clock_timestamp() WHERE tenant_id = ${tenantId}::uuid AND id IN (
        SELECT id FROM recovery_cases WHERE tenant_id = ${tenantId}::uuid AND noticed_at IS NULL AND closed_at IS NULL ORDER BY created_at LIMIT ${most} FOR UPDATE SKIP LOCKED)
      RETURNING id::text, person_id IS NOT NULL AS known`;
    for (const { id, known } of rows) {
      if (!known) continue;
      const told = await tellAddresses(tx, await loadCase(tx, tenantId, id), 'requested');
      await noteCase(
        tx,
        tenantId,
        id,
        'Gatehouse',
        `Told ${told} known ${told === 1 ? 'address' : 'addresses'} of the request`,
      );
    }
    return rows.length;
  });
}

/** Sends a code and forgets it: what stays is its hash. A worker that dies after sending sends the same code again. */
async function sendCodes(database: Database, tenantId: string, signal: AbortSignal): Promise<number> {
  const due = await database.inTenant(
    tenantId,
    (tx) => tx.$queryRaw<{ id: string; caseId: string; about: string; wrapped: Uint8Array; number: string }[]>`
      SELECT p.id::text, p.case_id::text AS "caseId", p.about, p.wrapped_secret AS wrapped, c.number FROM recovery_proofs p
      JOIN recovery_cases c ON c.tenant_id = p.tenant_id AND c.id = p.case_id
      WHERE p.tenant_id = ${tenantId}::uuid AND p.kind = 'address-code' AND p.state = 'asked' AND p.sent_at IS NULL AND p.expires_at > clock_timestamp()
        AND p.wrapped_secret IS NOT NULL AND c.state = 'open' LIMIT ${most}`,
  );
  if (due.length === 0) return 0;
  const mailer: Mailer | null = mailerOf(readEnv());
  if (!mailer) return 0;
  let sent = 0;
  try {
    for (const proof of due) {
      if (signal.aborted) break;
      const code = unwrapProofSecret(tenantId, proof.id, proof.wrapped);
      try {
        await mailer.send({
          id: proof.id,
          to: proof.about,
          subject: `Your code for ${proof.number}`,
          text: `Your code is ${code.slice(0, 4)} ${code.slice(4)}. Enter it on the page of your case (${proof.number}). It serves once and for ten minutes.\n\nNobody from the help desk will ask you for it. If you did not ask for help, ignore this and use the link in our other message.`,
        });
      } catch (error) {
        log.warn({ proof: proof.id, err: error }, 'a recovery code could not be sent; it is tried again');
        continue;
      }
      failpoint('recovery.after_code_sent');
      sent += await database.inTenant(
        tenantId,
        (tx) => tx.$executeRaw`
          UPDATE recovery_proofs SET sent_at = clock_timestamp(), wrapped_secret = NULL WHERE tenant_id = ${tenantId}::uuid AND id = ${proof.id}::uuid AND sent_at IS NULL`,
      );
    }
  } finally {
    mailer.close();
  }
  return sent;
}

/** A proposal that was rejected, withdrawn, voided or expired leaves its case open again. */
async function takeBack(database: Database, tenantId: string): Promise<number> {
  return database.inTenant(tenantId, async (tx) => {
    const rows = await tx.$queryRaw<{ id: string; state: string }[]>`
      UPDATE recovery_cases c SET state = 'open' FROM proposals p
      WHERE c.tenant_id = ${tenantId}::uuid AND c.state = 'proposed' AND p.tenant_id = c.tenant_id AND p.id = c.proposal_id
        AND p.state IN ('rejected', 'withdrawn', 'expired', 'void') RETURNING c.id::text, p.state`;
    for (const { id, state } of rows)
      await noteCase(tx, tenantId, id, 'Gatehouse', `The proposal is ${state}; the case is open again`);
    return rows.length;
  });
}

/** Asks the provider whether a code was used; then the old authenticators and sessions are next. */
async function noticeBindings(database: Database, tenantId: string, signal: AbortSignal): Promise<number> {
  const shown = await database.inTenant(tenantId, (tx) =>
    tx.recoveryCase.findMany({
      where: { tenantId, state: 'code_shown', codeId: { not: null } },
      take: most,
      select: { id: true },
    }),
  );
  let bound = 0;
  for (const { id } of shown) {
    try {
      const found = await database.inTenant(tenantId, async (tx) => {
        const row = await loadCase(tx, tenantId, id);
        return { row, provider: await providerOfCase(tx, row), of: await personOfCase(tx, row) };
      });
      const { recovery } = found.provider?.capabilities ?? {};
      if (!recovery || !found.row.codeId) continue;
      const { state, authenticatorId } = await recovery.bindingCode(found.of.subject, found.row.codeId, signal);
      if (state !== 'used') continue;
      bound += await database.inTenant(tenantId, async (tx) => {
        const moved = await tx.$executeRaw`
          UPDATE recovery_cases SET state = 'bound', bound_at = clock_timestamp(), authenticator_id = ${authenticatorId}
          WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid AND state = 'code_shown'`;
        if (moved > 0) await noteCase(tx, tenantId, id, 'The person', 'Set up a new authenticator with the code');
        failpoint('recovery.before_bound_commit');
        return moved;
      });
    } catch (error) {
      await noteProblem(database, tenantId, id, error);
    }
  }
  return bound;
}

/** Removes the other authenticators at the provider, ends sessions from before the binding, looks again, tells every address. */
async function finish(database: Database, tenantId: string, signal: AbortSignal): Promise<number> {
  const due = await database.inTenant(tenantId, (tx) =>
    tx.recoveryCase.findMany({ where: { tenantId, state: 'bound' }, take: most, select: { id: true } }),
  );
  let done = 0;
  for (const { id } of due) {
    try {
      const { row, capabilities, of } = await database.inTenant(tenantId, async (tx) => {
        const loaded = await lockCase(tx, tenantId, id);
        const provider = await providerOfCase(tx, loaded);
        if (!provider?.capabilities.recovery) throw new Error('the provider is not connected any more');
        return { row: loaded, capabilities: provider.capabilities, of: await personOfCase(tx, loaded) };
      });
      const { recovery } = capabilities;
      if (!recovery || !row.boundAt) continue;
      for (const old of await recovery.listAuthenticators(of.subject, signal))
        if (old.id !== row.authenticatorId) await recovery.removeAuthenticator(of.subject, old.id, signal);
      failpoint('recovery.after_removals');
      const left = await recovery.listAuthenticators(of.subject, signal);
      if (left.some(({ id: other }) => other !== row.authenticatorId))
        throw new Error('an old authenticator is still there');
      const ordered = await database.inTenant(tenantId, (tx) => endSessionsBefore(tx, id));
      if (ordered > 0) continue;
      const alive = await livingBefore(capabilities, of.subject, row.boundAt, signal);
      if (alive > 0)
        throw new Error(`${alive} ${alive === 1 ? 'session' : 'sessions'} from before still alive at the provider`);
      done += await database.inTenant(tenantId, async (tx) => {
        await tellAddresses(tx, await loadCase(tx, tenantId, id), 'finished');
        const moved = await tx.$executeRaw`
          UPDATE recovery_cases SET state = 'done', closed_at = clock_timestamp(), problem = NULL, wrapped_veto = NULL
          WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid AND state = 'bound'`;
        if (moved === 0) return 0;
        await noteCase(tx, tenantId, id, 'Gatehouse', 'Looked again: one authenticator, no session from before. Done');
        await appendAudit(tx, systemActor(tenantId, 'Gatehouse worker'), {
          action: 'recovery_finished',
          outcome: 'success',
          target: { type: 'recovery_case', id },
          detail: { authenticator: row.authenticatorId },
        });
        failpoint('recovery.before_done_commit');
        return moved;
      });
    } catch (error) {
      await noteProblem(database, tenantId, id, error);
    }
  }
  return done;

  async function endSessionsBefore(tx: Parameters<typeof endSessionsOf>[0], id: string): Promise<number> {
    const row = await loadCase(tx, tenantId, id);
    const [open] = await tx.$queryRaw<{ n: number }[]>`
      SELECT count(*)::int AS n FROM sessions s WHERE s.tenant_id = ${tenantId}::uuid AND s.person_id = ${row.personId}::uuid AND s.ended_at IS NULL
        AND s.started_at < ${row.boundAt}`;
    if ((open?.n ?? 0) === 0) return 0;
    await endSessionsOf(tx, row);
    return open?.n ?? 0;
  }
}

async function livingBefore(
  capabilities: {
    listSessions?: (
      query: { subject: string },
      signal: AbortSignal,
    ) => Promise<{ sessions: readonly { startedAt: Date | null; sourceSessionId: string }[] }>;
    endSession(id: string, signal: AbortSignal): Promise<unknown>;
  },
  subject: string,
  boundAt: Date,
  signal: AbortSignal,
): Promise<number> {
  const { sessions } = (await capabilities.listSessions?.({ subject }, signal)) ?? { sessions: [] };
  const old = sessions.filter(({ startedAt }) => startedAt !== null && startedAt < boundAt);
  // What no event told us of is ended directly; the next round looks again.
  for (const { sourceSessionId } of old) await capabilities.endSession(sourceSessionId, signal);
  return old.length;
}

async function expire(database: Database, tenantId: string): Promise<number> {
  return database.inTenant(tenantId, async (tx) => {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      UPDATE recovery_cases SET state = 'expired', closed_at = clock_timestamp(), closed_reason = 'Not finished in time', wrapped_veto = NULL
      WHERE tenant_id = ${tenantId}::uuid AND closed_at IS NULL AND (state = 'open' AND expires_at < clock_timestamp()
        OR state IN ('waiting', 'code_shown') AND release_at < clock_timestamp() - interval '3 days')
      RETURNING id::text`;
    for (const { id } of rows) {
      await noteCase(tx, tenantId, id, 'Gatehouse', 'Expired: it was not brought to an end in time');
      await appendAudit(tx, systemActor(tenantId, 'Gatehouse worker'), {
        action: 'recovery_expired',
        outcome: 'success',
        target: { type: 'recovery_case', id },
      });
    }
    return rows.length;
  });
}

async function noteProblem(database: Database, tenantId: string, id: string, error: unknown): Promise<void> {
  const words = error instanceof Error ? error.message : String(error);
  log.warn({ case: id }, `a recovery could not go on: ${words}`);
  await database.inTenant(
    tenantId,
    (tx) =>
      tx.$executeRaw`UPDATE recovery_cases SET problem = ${words.slice(0, 300)} WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid`,
  );
}
