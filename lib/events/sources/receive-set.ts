import { isUtf8 } from 'node:buffer';
import { appendRecords } from '#lib/events/append.ts';
import type { FindPlace } from '#lib/events/event-row.ts';
import { nestingDepth, recordLimits } from '#lib/events/raw-record.ts';
import { clean } from '#lib/events/read-record.ts';
import { clientFor, type Receiver } from '#lib/events/sources/receivers.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { now } from '#lib/kernel/clock.ts';
import type { PublicKeySet } from '#lib/kernel/crypto/json-web-token.ts';
import { type Database, Prisma, type RunSql, type Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { OutboundCallFailed } from '#lib/kernel/http/outbound-call-failed.ts';
import { equalBytes, sha256 } from '#lib/kernel/ids.ts';
import { isRevoking, shortEventType, streamUpdatedEvent, verificationEvent } from '#lib/providers/ssf/event-kinds.ts';
import { ssf } from '#lib/providers/ssf/ssf.ts';
import { subjectKey, unknownCriticalMembers } from '#lib/providers/ssf/subject.ts';
import { TransmitterKeys } from '#lib/providers/ssf/transmitter-keys.ts';
import { SetRefused, type VerifiedSet, verifySet } from '#lib/providers/ssf/verify-set.ts';

/** What became of a token that is acknowledged. `repeated`: it had been taken in before, byte for byte the same. */
export type SetDisposition = 'stored' | 'held' | 'discarded' | 'repeated';

const shared = globalThis as { gatehouseTransmitterKeys?: TransmitterKeys };
shared.gatehouseTransmitterKeys ??= new TransmitterKeys(() => now().getTime());
const transmitterKeys = shared.gatehouseTransmitterKeys;

type Context = {
  database: Database;
  receiver: Receiver;
  findPlace: FindPlace;
  /** Waits for a turn at the database, once the token is proved; at once when left out. */
  inTurn?: <T>(work: () => Promise<T>) => Promise<T>;
};

/**
 * Takes in one security event token. When it returns, token and event are durable and may be acknowledged (RFC 8935 section 2.2).
 * The same token any number of times is one event; other bytes under the same (iss, jti) are refused, the first stays, and the
 * audit says so (F07). Revoking events beyond the stream's cap are stored but held for a person; nothing follows from them.
 * @throws SetRefused to be answered with 400, Refusal `unavailable` when the keys cannot be fetched
 */
export async function receiveSet(context: Context, token: string): Promise<SetDisposition> {
  const { receiver, inTurn } = context;
  const claims = claimsOf(token);
  const verified = await verifySet(token, await keysOf(receiver, token), {
    issuer: receiver.issuer,
    audience: receiver.audience,
    algorithms: receiver.algorithms,
    at: now(),
  });
  const store = () => storeSet(context, { verified, claims, token });
  return inTurn ? inTurn(store) : store();
}

/**
 * The bytes of a token's claims, which are what is stored. @throws SetRefused for claims that are no text or nest deeper than any
 * record may, before anything recursive reads them
 */
export function claimsOf(token: string): Buffer {
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url');
  if (!isUtf8(claims)) throw new SetRefused('invalid_request', 'The claims of the token are not valid UTF-8.');
  if (nestingDepth(claims) > recordLimits.depthMax)
    throw new SetRefused('invalid_request', `The token nests deeper than ${recordLimits.depthMax} levels.`);
  return claims;
}

async function storeSet(
  context: Context,
  { verified, claims, token }: { verified: VerifiedSet; claims: Buffer; token: string },
): Promise<SetDisposition> {
  const { database, receiver } = context;
  const digest = sha256(token);
  const judged = await database.inTenant(receiver.tenantId, (tx) => judge(tx, receiver, verified, digest));
  if (judged === 'repeated') return 'repeated';
  const keepAside = async (disposition: 'held' | 'discarded') => {
    const kept = await database.inTenant(receiver.tenantId, async (tx) => {
      const first = await keepInTx(tx, receiver, verified, token, disposition);
      if (first && disposition === 'held') await audit(tx, receiver, 'ssf_set_held', verified);
      return first;
    });
    return kept ? disposition : conflictOrRepeat(context, verified, digest);
  };
  if (judged === 'discarded') return keepAside('discarded');
  let first = false;
  try {
    await appendRecords(
      {
        database,
        tenantId: receiver.tenantId,
        provider: receiver.provider,
        definition: ssf,
        findPlace: context.findPlace,
        receivedAt: now(),
        alongside: async (run) => {
          if (isRevoking(verified.eventType)) await holdAtCap(run, receiver, verified);
          first = await keep(run, receiver, verified, token, 'stored');
          if (first) await noteOnReceiver(run, receiver, verified);
        },
      },
      [{ raw: claims, problem: null }],
    );
  } catch (error) {
    if (error instanceof CapReached) return keepAside('held');
    throw error;
  }
  return first ? 'stored' : conflictOrRepeat(context, verified, digest);
}

/** Thrown inside the transaction that would have stored one subject too many; nothing of it stays. */
class CapReached extends Error {}

/**
 * Counts the other people whose access this stream ended lately, in the transaction that is about to end one more person's. The
 * stream's row is locked until that is stored, so a burst, on several instances even, cannot slip past the count together.
 * @throws CapReached
 */
async function holdAtCap(run: RunSql, receiver: Receiver, set: VerifiedSet): Promise<void> {
  await run(
    Prisma.sql`SELECT 1 FROM ssf_receivers WHERE tenant_id = ${receiver.tenantId}::uuid AND id = ${receiver.id}::uuid FOR UPDATE`,
  );
  const [counted] = await run<{ others: number }>(Prisma.sql`
    SELECT count(DISTINCT subject_hash)::int AS others FROM ssf_sets
    WHERE tenant_id = ${receiver.tenantId}::uuid AND receiver_id = ${receiver.id}::uuid AND revoking AND disposition IN ('stored', 'released')
      AND received_at > clock_timestamp() - make_interval(mins => ${receiver.windowMinutes}::int)
      AND subject_hash <> ${subjectHash(set)}::bytea`);
  if ((counted?.others ?? 0) >= receiver.subjectsMax) throw new CapReached();
}

/** Keys given by hand, or from the address; the key name in the header only decides whether to look again. */
async function keysOf(receiver: Receiver, token: string): Promise<PublicKeySet> {
  if (receiver.jwks) return receiver.jwks;
  try {
    return await transmitterKeys.find(clientFor(receiver), receiver.jwksUri ?? '', kidOf(token));
  } catch (error) {
    if (!(error instanceof OutboundCallFailed)) throw error;
    throw new Refusal(
      'unavailable',
      "The transmitter's keys cannot be fetched at the moment. Nothing was stored; send it again.",
      {
        retryAfterSeconds: 30,
        cause: error,
      },
    );
  }
}

function kidOf(token: string): string | null {
  try {
    const header = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8')) as {
      kid?: unknown;
    };
    return typeof header.kid === 'string' ? header.kid : null;
  } catch {
    return null;
  }
}

/** Before anything is stored: known already, a state that is not ours, a member we must not ignore. */
async function judge(
  tx: Tx,
  receiver: Receiver,
  set: VerifiedSet,
  digest: Buffer,
): Promise<'repeated' | 'discarded' | 'new'> {
  const known = await knownDigest(tx, receiver, set);
  if (known) return sameOrRefused(known, digest);
  if (set.eventType === verificationEvent) await checkVerification(tx, receiver, set);
  return unknownCriticalMembers(set.subject, receiver.criticalMembers).length > 0 ? 'discarded' : 'new';
}

/**
 * A verification is about this stream and no other, and a state that nobody here sent is refused (SSF 1.0 section 8.1.4.1); without
 * a state the transmitter spoke unasked.
 */
async function checkVerification(tx: Tx, receiver: Receiver, set: VerifiedSet): Promise<void> {
  const { state } = set.event;
  const named = set.subject.format === 'opaque' ? set.subject.parts.self?.fields.id : null;
  if (receiver.streamId !== null && typeof named === 'string' && named !== receiver.streamId)
    throw new SetRefused('invalid_request', 'The verification names another stream than this one.');
  if (state === undefined) return;
  const row = await tx.ssfReceiver.findUnique({
    where: { tenantId_id: { tenantId: receiver.tenantId, id: receiver.id } },
    select: { verificationHash: true },
  });
  const expected = row?.verificationHash;
  if (typeof state !== 'string' || !expected || !equalBytes(expected, sha256(state)))
    throw new SetRefused('invalid_state', 'The verification state is not the one that was sent with the request.');
}

async function knownDigest(tx: Tx, receiver: Receiver, set: VerifiedSet): Promise<Uint8Array | null> {
  const { tenantId, id: receiverId } = receiver;
  const row = await tx.ssfSet.findUnique({
    where: { tenantId_receiverId_issuer_jti: { tenantId, receiverId, issuer: set.issuer, jti: set.jti } },
    select: { digest: true },
  });
  return row?.digest ?? null;
}

/** Lost the race for a jti: the same bytes are a repeat, others are a conflict. */
async function conflictOrRepeat(
  { database, receiver }: { database: Database; receiver: Receiver },
  set: VerifiedSet,
  digest: Buffer,
): Promise<SetDisposition> {
  return database.inTenant(receiver.tenantId, async (tx) => {
    const known = await knownDigest(tx, receiver, set);
    if (!known) throw new Error('a token was kept by nobody');
    return sameOrRefused(known, digest);
  });
}

class ConflictingSet extends SetRefused {}

function sameOrRefused(known: Uint8Array, digest: Buffer): 'repeated' {
  if (equalBytes(known, digest)) return 'repeated';
  throw new ConflictingSet('invalid_request', 'Another token with this jti was taken in before. The first one stays.');
}

const notedAt = new Map<string, number>();

/** A stream that gets rubbish a hundred times a second is told so once a second; a conflict is an alarm and always written. */
export function isWorthNoting(receiver: Receiver, refused: SetRefused): boolean {
  const at = now().getTime();
  if (!(refused instanceof ConflictingSet) && Math.abs(at - (notedAt.get(receiver.id) ?? 0)) < 1_000) return false;
  if (notedAt.size >= 1_000) notedAt.clear();
  notedAt.set(receiver.id, at);
  return true;
}

/** Writes what a refusal has to leave behind, after its own transaction is gone: the alarm and the stream's last error. */
export async function noteRefusal(database: Database, receiver: Receiver, refused: SetRefused): Promise<void> {
  await database.inTenant(receiver.tenantId, async (tx) => {
    await tx.$executeRaw`
      UPDATE ssf_receivers SET last_error = ${`${refused.err}: ${refused.message}`}, last_error_at = clock_timestamp()
      WHERE tenant_id = ${receiver.tenantId}::uuid AND id = ${receiver.id}::uuid`;
    if (refused instanceof ConflictingSet) await audit(tx, receiver, 'ssf_set_conflict', null);
  });
}

function subjectHash(set: VerifiedSet): Buffer {
  return sha256(subjectKey(set.subject));
}

async function keep(
  run: RunSql,
  receiver: Receiver,
  set: VerifiedSet,
  token: string,
  disposition: SetDisposition,
): Promise<boolean> {
  const kept = await run<{ jti: string }>(keepSql(receiver, set, token, disposition));
  return kept.length === 1;
}

async function keepInTx(
  tx: Tx,
  receiver: Receiver,
  set: VerifiedSet,
  token: string,
  disposition: SetDisposition,
): Promise<boolean> {
  const kept = await tx.$queryRaw<{ jti: string }[]>(keepSql(receiver, set, token, disposition));
  return kept.length === 1;
}

function keepSql(receiver: Receiver, set: VerifiedSet, token: string, disposition: string): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO ssf_sets (tenant_id, receiver_id, issuer, jti, digest, event_type, subject_hash, revoking, disposition, token)
    VALUES (${receiver.tenantId}::uuid, ${receiver.id}::uuid, ${set.issuer}, ${set.jti}, ${sha256(token)}::bytea, ${set.eventType},
      ${subjectHash(set)}::bytea, ${isRevoking(set.eventType)}::boolean, ${disposition}, ${Buffer.from(token)}::bytea)
    ON CONFLICT DO NOTHING RETURNING jti`;
}

/** What the stream says of itself: verified, paused, disabled; and that it speaks at all. */
async function noteOnReceiver(run: RunSql, receiver: Receiver, set: VerifiedSet): Promise<void> {
  const status = set.eventType === streamUpdatedEvent ? String(set.event.status) : null;
  const known = status !== null && ['enabled', 'paused', 'disabled'].includes(status) ? status : null;
  const reason = typeof set.event.reason === 'string' ? clean(set.event.reason.slice(0, 500)) : null;
  const verified = set.eventType === verificationEvent;
  await run(Prisma.sql`
    UPDATE ssf_receivers SET last_received_at = clock_timestamp(),
      verified_at = CASE WHEN ${verified}::boolean THEN clock_timestamp() ELSE verified_at END,
      verification_hash = CASE WHEN ${verified && set.event.state !== undefined}::boolean THEN NULL ELSE verification_hash END,
      transmitter_status = COALESCE(${known}, transmitter_status),
      transmitter_reason = CASE WHEN ${known}::text IS NULL THEN transmitter_reason ELSE ${reason}::text END
    WHERE tenant_id = ${receiver.tenantId}::uuid AND id = ${receiver.id}::uuid`);
}

async function audit(tx: Tx, receiver: Receiver, action: string, set: VerifiedSet | null): Promise<void> {
  await appendAudit(tx, systemActor(receiver.tenantId, 'Shared Signals receiver'), {
    action,
    outcome: 'refused',
    target: { type: 'ssf_receiver', id: receiver.id },
    detail: set
      ? { event: shortEventType(set.eventType), subjects_max: receiver.subjectsMax }
      : { issuer: receiver.issuer },
  });
}
