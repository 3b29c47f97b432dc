import type { FindPlace } from '#lib/events/event-row.ts';
import { bodyOf, readAtMost } from '#lib/events/ingest-stream.ts';
import { isWorthNoting, noteRefusal, receiveSet } from '#lib/events/sources/receive-set.ts';
import { openInlet, type Receiver, readReceiver } from '#lib/events/sources/receivers.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { ingestConnections } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { fairQueue } from '#lib/kernel/fair-queue.ts';
import { equalBytes, sha256 } from '#lib/kernel/ids.ts';
import { SetRefused, setLimits } from '#lib/providers/ssf/verify-set.ts';

// Streams and the ingest door leave room for each other. Only what needs the database waits here: bodies that drip and keys that hang
// hold no place, and tenants take turns.
const stores = fairQueue({ atOnce: ingestConnections.streams, waitingPerPartyMax: 500 });

/**
 * Takes one push delivery (RFC 8935 section 2): content type, the transmitter's Authorization header where one was agreed, then the
 * token. Returns when it is durable. @throws SetRefused for the 400 of section 2.3, Refusal `not_found`, `unavailable`
 */
export async function pushSet(
  context: { database: Database; findPlace: FindPlace },
  receiverId: string,
  request: Pick<Request, 'headers' | 'body'>,
): Promise<void> {
  const { database, findPlace } = context;
  const receiver = await openInlet(database, receiverId, (tx, tenantId) => readReceiver(tx, tenantId, receiverId));
  if (!receiver?.enabled || receiver.delivery !== 'push')
    throw new Refusal('not_found', 'There is no stream at this address, or it is switched off.');
  const inTurn = <T>(work: () => Promise<T>) => stores.pass(receiver.tenantId, work);
  try {
    requireAuthorization(receiver, request.headers);
    const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
    if (type !== 'application/secevent+jwt')
      throw new SetRefused('invalid_request', 'The content type must be application/secevent+jwt.');
    await receiveSet({ database, receiver, findPlace, inTurn }, await readToken(request));
  } catch (error) {
    if (error instanceof SetRefused && isWorthNoting(receiver, error))
      await inTurn(() => noteRefusal(database, receiver, error));
    throw error;
  }
}

/** Compared in constant time by hash; the header is a secret like a password. */
function requireAuthorization(receiver: Receiver, headers: Headers): void {
  if (!receiver.authorizationHash) return;
  const given = headers.get('authorization') ?? '';
  if (!equalBytes(sha256(given.trim()), receiver.authorizationHash))
    throw new SetRefused('authentication_failed', 'The Authorization header is not the one agreed for this stream.');
}

async function readToken(request: Pick<Request, 'body'>): Promise<string> {
  if (!request.body)
    throw new SetRefused('invalid_request', 'The body is empty; one security event token was expected.');
  try {
    const bytes = await readAtMost(bodyOf(request), setLimits.bytesMax);
    return bytes.toString('latin1').trim();
  } catch (error) {
    if (error instanceof Refusal && error.code === 'too_large')
      throw new SetRefused(
        'invalid_request',
        `A security event token of at most ${setLimits.bytesMax} bytes is taken.`,
      );
    throw error;
  }
}
