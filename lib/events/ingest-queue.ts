import { ingestConnections } from '#lib/kernel/db/pools.ts';
import { pleaseRepeat, Refusal } from '#lib/kernel/errors.ts';
import { type FairBounds, type FairQueue, fairQueue } from '#lib/kernel/fair-queue.ts';

/** How much the ingest door takes in at once; beyond it the sender is asked to come again before memory or connections go. */
export type IngestBounds = FairBounds & {
  /** Bytes of all bodies held in memory, waiting ones included. */
  heldBytesMax: number;
};

/** The queue before the ingest pool. Waiting here is bounded and fair; waiting for a connection is neither. */
export type IngestQueue = FairQueue & {
  /**
   * Counts bytes as they arrive, so that a body is refused while it comes and not once it is there.
   * @throws Refusal `rate_limited` when this tenant has its share, `unavailable` when there is no room at all
   */
  hold(tenantId: string, bytes: number): void;
  letGo(tenantId: string, bytes: number): void;
};

export function ingestQueue(bounds: IngestBounds): IngestQueue {
  let held = 0;
  const heldOf = new Map<string, number>();
  return {
    ...fairQueue(bounds),
    hold(tenantId, bytes) {
      const own = (heldOf.get(tenantId) ?? 0) + bytes;
      const free = bounds.heldBytesMax - held - bytes;
      if (free < 0)
        throw new Refusal('unavailable', `Too much is arriving at once. ${pleaseRepeat}`, { retryAfterSeconds: 2 });
      // Twice what is left at most (dynamic thresholds, Choudhury and Hahne 1998): one alone gets two thirds of the room, and
      // however many flood, there is some for the next who comes.
      if (own > 2 * free)
        throw new Refusal('rate_limited', `You send more at once than fits. ${pleaseRepeat}`, { retryAfterSeconds: 2 });
      held += bytes;
      heldOf.set(tenantId, own);
    },
    letGo(tenantId, bytes) {
      held -= bytes;
      const left = (heldOf.get(tenantId) ?? 0) - bytes;
      if (left > 0) heldOf.set(tenantId, left);
      else heldOf.delete(tenantId);
    },
  };
}

/** Bytes of one request, as sent and once unpacked. */
export const bodyBytesMax = 16 * 1024 * 1024;

// Next loads a module once a bundle; the queue must still be one a process.
const shared = globalThis as { gatehouseIngestQueue?: IngestQueue };
shared.gatehouseIngestQueue ??= ingestQueue({
  atOnce: ingestConnections.deliveries,
  // One is left for the next tenant that comes.
  atOncePerParty: ingestConnections.deliveries - 1,
  waitingPerPartyMax: 12,
  heldBytesMax: 6 * bodyBytesMax,
});

/** This process's: the parties are tenants, the cost is bytes. */
export const deliveries = shared.gatehouseIngestQueue;

/** What a batch takes of the database, in bytes; a transaction of one record takes something too. */
export function costOf(batch: readonly { raw: Buffer }[]): number {
  return batch.reduce((sum, { raw }) => sum + raw.length, 4_096);
}
