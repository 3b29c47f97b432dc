import { Refusal } from '#lib/kernel/errors.ts';

/** How much the ingest door takes in at once; beyond it the sender is asked to come again before memory or connections go. */
export type IngestBounds = {
  /** Batches being stored at once: one a connection of the ingest pool. */
  storingMax: number;
  /** Batches of one tenant that wait their turn. */
  waitingPerTenantMax: number;
  /** Bytes of all bodies held in memory, waiting ones included; and how many of them may be one tenant's, so that others have room. */
  heldBytesMax: number;
  heldBytesPerTenantMax: number;
};

export type IngestQueue = {
  /** Counts bytes as they arrive, so that a body is refused while it comes and not once it is there. @throws Refusal `unavailable` */
  hold(tenantId: string, bytes: number): void;
  letGo(tenantId: string, bytes: number): void;
  /**
   * Runs `store` when it is the tenant's turn. Tenants take turns: however much one sends, another's next batch waits for one batch
   * of each. `begun`: a body of which a part is stored already; it waits in any case, because sending all of it again costs more.
   * @throws Refusal `rate_limited` when this tenant already has its share waiting
   */
  store<T>(tenantId: string, store: () => Promise<T>, begun?: boolean): Promise<T>;
};

const pleaseRepeat = 'Nothing of this was stored; send it again.';

/** The queue before the ingest pool. Waiting here is bounded and fair; waiting for a connection is neither. */
export function ingestQueue(bounds: IngestBounds): IngestQueue {
  let storing = 0;
  let held = 0;
  const heldOf = new Map<string, number>();
  // A Map keeps its order, so taking the first tenant and putting it last again is taking turns.
  const waiting = new Map<string, (() => void)[]>();
  const startNext = () => {
    const [tenantId, queue] = waiting.entries().next().value ?? [];
    const next = queue?.shift();
    if (tenantId === undefined || !queue || !next) return false;
    waiting.delete(tenantId);
    if (queue.length > 0) waiting.set(tenantId, queue);
    next();
    return true;
  };
  return {
    hold(tenantId, bytes) {
      const own = (heldOf.get(tenantId) ?? 0) + bytes;
      if (own > bounds.heldBytesPerTenantMax)
        throw new Refusal('rate_limited', `You send more at once than fits. ${pleaseRepeat}`, { retryAfterSeconds: 2 });
      if (held + bytes > bounds.heldBytesMax)
        throw new Refusal('unavailable', `Too much is arriving at once. ${pleaseRepeat}`, { retryAfterSeconds: 2 });
      held += bytes;
      heldOf.set(tenantId, own);
    },
    letGo(tenantId, bytes) {
      held -= bytes;
      const left = (heldOf.get(tenantId) ?? 0) - bytes;
      if (left > 0) heldOf.set(tenantId, left);
      else heldOf.delete(tenantId);
    },
    async store(tenantId, store, begun = false) {
      if (storing >= bounds.storingMax) {
        const queue = waiting.get(tenantId) ?? [];
        if (!begun && queue.length >= bounds.waitingPerTenantMax)
          throw new Refusal('rate_limited', `You send faster than can be stored. ${pleaseRepeat}`, {
            retryAfterSeconds: 1,
          });
        waiting.set(tenantId, queue);
        await new Promise<void>((resolve) => queue.push(resolve));
      } else storing += 1;
      try {
        return await store();
      } finally {
        // The place is handed on, so nobody slips in between.
        if (!startNext()) storing -= 1;
      }
    },
  };
}
