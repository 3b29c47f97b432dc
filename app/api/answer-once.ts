import type { Actor } from '#lib/kernel/actor.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { failpoint } from '#lib/kernel/failpoint.ts';
import { claimIdempotencyKey } from '#lib/kernel/idempotency.ts';

/**
 * Makes a change once for each Idempotency-Key of a caller, and gives the same answer to every repetition. Refusals that may pass
 * (401, 403, 409, 429) and errors of ours are not kept, so the call can be made again. Without the header it just makes it.
 */
export async function answerOnce(
  call: { request: Request; database: Database; actor: Actor; body: unknown },
  work: (repeatId: string | null) => Promise<Response>,
): Promise<Response> {
  const { request, database, actor, body } = call;
  const key = request.headers.get('idempotency-key')?.trim();
  if (!key) return work(null);
  if (!/^[\x21-\x7e]{8,200}$/.test(key))
    throw new Refusal('bad_request', 'An Idempotency-Key has 8 to 200 visible characters, such as a UUID.');
  const { pathname } = new URL(request.url);
  const claim = await claimIdempotencyKey(
    database,
    actor,
    key,
    `${request.method} ${pathname}\n${JSON.stringify(body)}`,
  );
  if (claim.before)
    return new Response(claim.before.text, {
      status: claim.before.status,
      headers: { 'Content-Type': 'application/json', 'Idempotency-Replayed': 'true' },
    });
  try {
    const answer = await work(claim.repeatId);
    failpoint('api.before_answer_kept');
    await claim.keep({ status: answer.status, text: await answer.clone().text() });
    return answer;
  } catch (error) {
    await claim.release();
    throw error;
  }
}
