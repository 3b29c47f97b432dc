import type { Effect, OpenLane, SendAnswer } from '#lib/execution/effect.ts';
import {
  attemptHoursMax,
  attemptsMax,
  backoffSeconds,
  type ClaimedItem,
  type Move,
} from '#lib/execution/item-ledger.ts';
import type { LedgerWriter } from '#lib/execution/ledger-writer.ts';
import type { ProviderGate } from '#lib/execution/provider-gate.ts';
import { failpoint } from '#lib/kernel/failpoint.ts';
import { log } from '#lib/kernel/log.ts';
import { ProviderCallFailed } from '#lib/providers/definition.ts';

/** A call that takes longer counts as unanswered, whatever the provider's own client thinks. Seconds. */
export const callSecondsMax = 10;
/** Looks after an answer, and the wait before each next one; asked this often in vain, it was not done, whatever was said. Seconds. */
const lookAgainSeconds = [1, 2] as const;
const answersMax = 3;

export type CarryOut = {
  effect: Effect;
  lane: OpenLane;
  gate: ProviderGate;
  writer: LedgerWriter;
  signal: AbortSignal;
  /** False once this worker's lease may have run out: then the provider is not asked any more. */
  stillHeld(item: ClaimedItem): boolean;
};

/**
 * Carries one claimed item as far as it gets now: ask (or, when an earlier call may have taken effect, look first) → confirmed →
 * look again → verified, or failed, or due again later. Every step is in the ledger before the next begins.
 */
export async function carryOut(context: CarryOut, item: ClaimedItem): Promise<void> {
  if (item.was === 'confirmed') return lookAgain(context, item);
  if (item.attempts > attemptsMax || item.ageHours > attemptHoursMax) {
    const words = `Given up after ${item.attempts - 1} attempts. ${context.effect.words.stillThere}`;
    return end(context, item, 'failed', words, 'gave_up');
  }
  const closedMs = context.gate.closedForMs();
  if (closedMs > 0) return giveBack(context, item, closedMs);
  failpoint('run.after_sending');
  let answer: SendAnswer;
  try {
    answer = await ask(context, item);
  } catch (error) {
    if (error instanceof LeaseGone) return;
    return afterFailure(context, item, asCallFailure(error, item));
  }
  failpoint('run.after_provider_ok');
  const words =
    answer.outcome === 'gone'
      ? 'There was nothing left to do on the other side'
      : `The other side accepted (${answer.status})${answer.detail ? `: ${answer.detail}` : ''}`;
  const confirmed = await step(context, item, { to: 'confirmed', detail: words, looks: 0 });
  failpoint('run.after_confirmed');
  if (confirmed) await lookAgain(context, confirmed);
}

async function ask(context: CarryOut, item: ClaimedItem): Promise<SendAnswer> {
  const ambiguous = item.was !== 'planned';
  if (ambiguous && (await call(context, item, (signal) => context.lane.holds(item, signal))))
    return { outcome: 'gone', status: 404, detail: 'it holds already' };
  return call(context, item, (signal) => context.lane.send(item, signal));
}

async function lookAgain(context: CarryOut, item: ClaimedItem): Promise<void> {
  const { words } = context.effect;
  let holds: boolean;
  try {
    holds = await call(context, item, (signal) => context.lane.holds(item, signal));
  } catch (error) {
    if (error instanceof LeaseGone) return;
    const failure = asCallFailure(error, item);
    const waitSeconds = failure.retryAfterSeconds ?? 2;
    if (item.ageHours > attemptHoursMax)
      return end(context, item, 'failed', `It was never seen to hold. ${words.stillThere}`, 'not_seen');
    await context.writer.write({
      item,
      to: 'confirmed',
      detail: `Could not look again: ${failure.message}`,
      waitSeconds,
    });
    return;
  }
  failpoint('run.after_look');
  if (holds) return end(context, item, 'verified', words.proved, null);
  const waitSeconds = lookAgainSeconds[item.looks];
  if (waitSeconds !== undefined) {
    const detail = `Looked again: ${words.stillThere}`;
    await context.writer.write({ item, to: 'confirmed', detail, looks: item.looks + 1, waitSeconds });
    return;
  }
  if (item.attempts >= answersMax) {
    const detail = `The other side said it was done ${item.attempts} times, but it was not. ${words.stillThere}`;
    return end(context, item, 'failed', detail, 'not_done');
  }
  const again = await step(context, item, {
    to: 'sending',
    detail: `Attempt ${item.attempts + 1}: asking again, because it was said to be done and was not`,
    attempts: item.attempts + 1,
  });
  if (again) await carryOut(context, { ...again, was: 'planned' });
}

/** Calls the other side within the gate, the time limit and the lease; tells the gate how it went. */
async function call<T>(context: CarryOut, item: ClaimedItem, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const leave = await context.gate.enter();
  const timeout = AbortSignal.timeout(callSecondsMax * 1_000);
  const signal = AbortSignal.any([context.signal, timeout]);
  try {
    if (!context.stillHeld(item)) throw new LeaseGone('the lease may have run out');
    const result = await Promise.race([work(signal), rejectionOf(signal)]);
    leave('well');
    return result;
  } catch (error) {
    const failure = error instanceof ProviderCallFailed ? error : null;
    if (failure?.retryAfterSeconds != null) leave({ retryAfterSeconds: failure.retryAfterSeconds });
    else leave(failure && !failure.retryable ? 'well' : 'badly');
    throw error;
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener(
      'abort',
      () =>
        reject(
          new ProviderCallFailed(`There was no answer within ${callSecondsMax} s.`, {
            ambiguous: true,
            retryable: true,
            status: null,
          }),
        ),
      { once: true },
    );
  });
}

async function afterFailure(context: CarryOut, item: ClaimedItem, failure: ProviderCallFailed): Promise<void> {
  if (!failure.retryable) return end(context, item, 'failed', failure.message, `refused_${failure.status ?? 'call'}`);
  const waitSeconds = Math.max(backoffSeconds(item.attempts), failure.retryAfterSeconds ?? 0);
  const cause = failure.status === null ? 'no_answer' : `status_${failure.status}`;
  await context.writer.write({
    item,
    to: 'unknown',
    detail: failure.message,
    error: failure.message,
    cause,
    waitSeconds,
  });
}

/** The provider rests, and this item was not asked for: it goes back as it came. */
async function giveBack(context: CarryOut, item: ClaimedItem, closedMs: number): Promise<void> {
  const waitSeconds = closedMs / 1_000 + Math.random() * 2;
  const detail = 'Given back without asking: the provider is left alone for a while';
  const to = item.was === 'planned' ? 'planned' : 'unknown';
  await context.writer.write({ item, to, detail, attempts: item.attempts - 1, waitSeconds });
}

async function end(
  context: CarryOut,
  item: ClaimedItem,
  to: 'verified' | 'failed',
  detail: string,
  cause: string | null,
): Promise<void> {
  await context.writer.write({ item, to, detail, error: to === 'failed' ? detail : null, cause });
}

async function step(context: CarryOut, item: ClaimedItem, move: Omit<Move, 'item'>): Promise<ClaimedItem | null> {
  const kept = await context.writer.write({ item, ...move });
  return kept
    ? { ...item, state: move.to, attempts: move.attempts ?? item.attempts, looks: move.looks ?? item.looks }
    : null;
}

class LeaseGone extends Error {
  override name = 'LeaseGone';
}

function asCallFailure(error: unknown, item: ClaimedItem): ProviderCallFailed {
  if (error instanceof ProviderCallFailed) return error;
  log.error({ err: error, run: item.runId, position: item.position }, 'a call failed in a way nobody foresaw');
  return new ProviderCallFailed('The call failed in a way that was not foreseen; it may have taken effect.', {
    ambiguous: true,
    retryable: true,
    status: null,
  });
}
