import type { Database } from '#lib/kernel/db/database.ts';
import { type Mailer, MailRefused } from '#lib/staff/outbox/mailer.ts';

/** A lease outlasts the slowest mail server; who lost it cannot write any more. Waits double from the first to the last. */
export const noticeLimits = { leaseSeconds: 60, firstWaitSeconds: 30, waitSecondsMax: 900, giveUpHours: 48 };

type Claimed = { id: string; lease_token: number; address: string; subject: string; body: string };

/**
 * Sends what waits in a tenant's outbox, oldest first. A notice is claimed under a lease, marked "sending" before the server is
 * asked, and marked "sent" once after it took it; a sender that dies in between leaves it to the next one, with the same
 * Message-ID. What the server cannot take now waits longer each time; what it never will, or what waited two days, has failed,
 * visibly. Without a mailer the notices are there to be read in the desk.
 * @returns how many notices moved
 */
export async function sendDueNotices(
  database: Database,
  tenantId: string,
  mailer: Mailer | null,
  signal?: AbortSignal,
): Promise<number> {
  if (!mailer)
    return database.inTenant(
      tenantId,
      (tx) => tx.$executeRaw`
        UPDATE notices SET state = 'shown', finished_at = clock_timestamp()
        WHERE tenant_id = ${tenantId}::uuid AND finished_at IS NULL AND (state = 'waiting' OR lease_until < clock_timestamp())`,
    );
  const claimed = await database.inTenant(
    tenantId,
    (tx) => tx.$queryRaw<Claimed[]>`
      UPDATE notices SET state = 'sending', attempts = attempts + 1, lease_token = lease_token + 1,
        lease_until = clock_timestamp() + make_interval(secs => ${noticeLimits.leaseSeconds})
      WHERE tenant_id = ${tenantId}::uuid AND id IN (
        SELECT id FROM notices WHERE tenant_id = ${tenantId}::uuid AND finished_at IS NULL AND next_attempt_at <= clock_timestamp()
          AND (state = 'waiting' OR lease_until < clock_timestamp())
        ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id::text, lease_token, address, subject, body`,
  );
  for (const notice of claimed) {
    if (signal?.aborted) break;
    const refusal = await attempt(mailer, notice);
    await database.inTenant(tenantId, (tx) =>
      refusal
        ? tx.$executeRaw`
            UPDATE notices SET error = ${refusal.message.slice(0, 300)}, lease_until = NULL,
              state = CASE WHEN over THEN 'failed' ELSE 'waiting' END, finished_at = CASE WHEN over THEN clock_timestamp() END,
              next_attempt_at = clock_timestamp() + make_interval(secs => LEAST(${noticeLimits.waitSecondsMax}, ${noticeLimits.firstWaitSeconds} * power(2, attempts - 1)))
            FROM (SELECT ${refusal.permanent} OR created_at < clock_timestamp() - make_interval(hours => ${noticeLimits.giveUpHours}) AS over
              FROM notices WHERE tenant_id = ${tenantId}::uuid AND id = ${notice.id}::uuid) AS judged
            WHERE tenant_id = ${tenantId}::uuid AND id = ${notice.id}::uuid AND state = 'sending' AND lease_token = ${notice.lease_token}`
        : tx.$executeRaw`
            UPDATE notices SET state = 'sent', finished_at = clock_timestamp(), error = NULL, lease_until = NULL
            WHERE tenant_id = ${tenantId}::uuid AND id = ${notice.id}::uuid AND state = 'sending' AND lease_token = ${notice.lease_token}`,
    );
  }
  return claimed.length;
}

async function attempt(mailer: Mailer, notice: Claimed): Promise<MailRefused | null> {
  try {
    await mailer.send({ id: notice.id, to: notice.address, subject: notice.subject, text: notice.body });
    return null;
  } catch (error) {
    return error instanceof MailRefused ? error : new MailRefused('failed', false);
  }
}
