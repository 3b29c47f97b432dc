import { z } from 'zod';
import type { FindPlace } from '#lib/events/event-row.ts';
import { noteRefusal, receiveSet } from '#lib/events/sources/receive-set.ts';
import { type Receiver, readReceiver } from '#lib/events/sources/receivers.ts';
import { transmitterAccess } from '#lib/events/sources/transmitter-access.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { isDatabaseAway, Refusal } from '#lib/kernel/errors.ts';
import { ProviderCallFailed } from '#lib/providers/definition.ts';
import { askProvider, readAs } from '#lib/providers/provider-http.ts';
import { SetRefused } from '#lib/providers/ssf/verify-set.ts';

/** Tokens a request: as many as fit the most an answer may have. */
const maxEvents = 10;
const roundsMax = 100;
const leaseSeconds = 60;
const answerShape = z.object({
  // A value that is no token is that value's fault alone.
  sets: z.record(z.string(), z.unknown()).default({}),
  moreAvailable: z.boolean().default(false),
});
type Handled = { ack: string[]; setErrs: Record<string, { err: string; description: string }> };

/** Takes the polled streams that are due and that nobody holds. @returns their ids */
export async function claimDuePolls(database: Database, tenantId: string): Promise<string[]> {
  const rows = await database.inTenant(
    tenantId,
    (tx) => tx.$queryRaw<{ id: string }[]>`
      UPDATE ssf_receivers r SET lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}::int)
      WHERE (r.tenant_id, r.id) IN (
        SELECT tenant_id, id FROM ssf_receivers WHERE tenant_id = ${tenantId}::uuid AND delivery = 'poll' AND enabled AND poll_url IS NOT NULL
          AND next_poll_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())
        ORDER BY next_poll_at LIMIT 4 FOR UPDATE SKIP LOCKED)
      RETURNING r.id::text`,
  );
  return rows.map(({ id }) => id);
}

/**
 * Polls a stream to its present end (RFC 8936 section 2). A token is acknowledged in the request after it was stored; what cannot be
 * taken is reported as an error, so that the transmitter need not keep it. @returns how many tokens were handled
 */
export async function pollStream(
  context: { database: Database; tenantId: string; findPlace: FindPlace; signal: AbortSignal },
  id: string,
): Promise<number> {
  const { database, tenantId, signal } = context;
  const receiver = await database.inTenant(tenantId, (tx) => readReceiver(tx, tenantId, id));
  if (!receiver?.pollUrl || !receiver.pollSecret) return 0;
  let handled: Handled = { ack: [], setErrs: {} };
  let count = 0;
  try {
    for (let round = 0; round < roundsMax && !signal.aborted; round += 1) {
      const answer = await ask(receiver, handled, maxEvents, signal);
      const tokens = Object.entries(answer.sets);
      handled = await take(context, receiver, tokens);
      count += tokens.length;
      if (tokens.length === 0) break;
      if (!answer.moreAvailable) {
        await ask(receiver, handled, 0, signal);
        break;
      }
    }
    await rest(database, receiver, null, 10);
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    const known = error instanceof ProviderCallFailed || error instanceof Refusal;
    const said = known ? error.message : 'Something went wrong on our side while this stream was read; the log has it.';
    await rest(database, receiver, said, known ? error.retryAfterSeconds : null);
    if (!known) throw error;
  }
  return count;
}

async function ask(receiver: Receiver, { ack, setErrs }: Handled, most: number, signal: AbortSignal) {
  const url = receiver.pollUrl ?? '';
  const access = transmitterAccess(receiver, url, signal);
  if (!access) throw new Refusal('conflict', 'This stream has no token and no client to poll with.');
  const answer = await askProvider(access.connection, {
    method: 'POST',
    url,
    authorize: access.authorize,
    body: {
      json: {
        maxEvents: most,
        returnImmediately: true,
        ...(ack.length > 0 ? { ack } : {}),
        ...(Object.keys(setErrs).length > 0 ? { setErrs } : {}),
      },
    },
    signal,
    wanted: [200],
  });
  return readAs(answer, answerShape);
}

async function take(
  context: { database: Database; findPlace: FindPlace },
  receiver: Receiver,
  tokens: [string, unknown][],
): Promise<Handled> {
  const handled: Handled = { ack: [], setErrs: {} };
  for (const [jti, token] of tokens) {
    try {
      if (typeof token !== 'string') throw new SetRefused('invalid_request', 'A token in compact form was expected.');
      await receiveSet({ database: context.database, receiver, findPlace: context.findPlace }, token);
      handled.ack.push(jti);
    } catch (error) {
      if (!(error instanceof SetRefused)) throw error;
      await noteRefusal(context.database, receiver, error);
      Object.defineProperty(handled.setErrs, jti, {
        value: { err: error.err, description: error.message },
        enumerable: true,
      });
    }
  }
  return handled;
}

/** When to poll again: soon, as asked, or after an error later each time. */
async function rest(
  database: Database,
  { tenantId, id }: Receiver,
  error: string | null,
  seconds: number | null,
): Promise<void> {
  await database.inTenant(
    tenantId,
    (tx) => tx.$executeRaw`
      UPDATE ssf_receivers SET lease_until = NULL, failures = CASE WHEN ${error}::text IS NULL THEN 0 ELSE failures + 1 END,
        last_error = COALESCE(${error}::text, last_error), last_error_at = CASE WHEN ${error}::text IS NULL THEN last_error_at ELSE clock_timestamp() END,
        next_poll_at = clock_timestamp() + make_interval(secs => COALESCE(${seconds}::int, LEAST(15 * (2 ^ LEAST(failures, 6)), 900)::int))
      WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid`,
  );
}
