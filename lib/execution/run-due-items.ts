import { setTimeout } from 'node:timers/promises';
import { type CarryOut, carryOut } from '#lib/execution/carry-out.ts';
import type { Effects, OpenLane } from '#lib/execution/effect.ts';
import {
  type ClaimedItem,
  claimItems,
  type DueLane,
  dueLanes,
  extendLeases,
  leaseSeconds,
} from '#lib/execution/item-ledger.ts';
import { ledgerWriter } from '#lib/execution/ledger-writer.ts';
import { type ProviderGate, providerGate } from '#lib/execution/provider-gate.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { log } from '#lib/kernel/log.ts';

/** How long a lane claims new items before its run list is read anew. Milliseconds. */
const sliceMs = 5_000;
/** Items in hand for each call at once: while some are being written down, others are being asked for. */
const handfuls = 8;
const heartbeatMs = 10_000;

export type ItemRunner = {
  /**
   * Starts what is due in lanes that are not being driven yet, and waits until one of them is through or two seconds have passed.
   * @returns how many items were worked on to an end or a pause since the last call
   */
  work(tenantId: string, signal: AbortSignal): Promise<number>;
  /** Waits until no lane is being driven. */
  settle(): Promise<void>;
};

/**
 * Carries out what is due: every provider (lane) on its own, within its own limits, so that one that hangs holds up nobody else.
 * Items are claimed in batches, asked for concurrently and written down in batches. Safe to run in any number of workers, any of
 * which may die at any moment.
 */
export function itemRunner(database: Database, effects: Effects): ItemRunner {
  const gates = new Map<string, ProviderGate>();
  const driving = new Map<string, Promise<void>>();
  let worked = 0;
  const gateOf = (key: string): ProviderGate => {
    const gate = gates.get(key) ?? providerGate();
    gates.set(key, gate);
    return gate;
  };
  return {
    async work(tenantId, signal) {
      const due = await database.inTenant(tenantId, (tx) => dueLanes(tx, tenantId));
      for (const [name, runs] of Map.groupBy(due, ({ kind, lane }) => `${tenantId} ${kind} ${lane}`)) {
        const gate = gateOf(`${tenantId} ${runs[0]?.lane}`);
        if (driving.has(name) || gate.closedForMs() > 0) continue;
        const slice = openSlice({ database, tenantId, effects, signal });
        const drive = driveLane(slice, gate, runs)
          .then((count) => {
            worked += count;
          })
          .catch((error: unknown) => log.error({ err: error, lane: name }, 'a lane could not be driven'))
          .finally(() => {
            slice.close();
            driving.delete(name);
          });
        driving.set(name, drive);
      }
      if (driving.size > 0) await Promise.race([...driving.values(), pause(2_000, signal)]);
      const done = worked;
      worked = 0;
      return done;
    },
    async settle() {
      while (driving.size > 0) await Promise.all(driving.values());
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

type SliceContext = { database: Database; tenantId: string; effects: Effects; signal: AbortSignal };
type Slice = ReturnType<typeof openSlice>;

/** What the lanes of a slice share: the writer, the items in hand with their leases, the heartbeat. */
function openSlice(context: SliceContext) {
  const { database, tenantId } = context;
  const endsAt = performance.now() + sliceMs;
  const heldUntil = new Map<ClaimedItem, number>();
  const key = (item: ClaimedItem) => `${item.runId} ${item.position} ${item.leaseToken}`;
  const byKey = new Map<string, ClaimedItem>();
  const heartbeat = setInterval(async () => {
    const items = [...byKey.values()];
    if (items.length === 0) return;
    const asked = performance.now();
    try {
      const kept = await database.inTenant(tenantId, (tx) => extendLeases(tx, tenantId, items));
      for (const item of kept) heldUntil.set(item, asked + leaseSeconds * 1_000);
      for (const item of items) if (!kept.has(item)) heldUntil.set(item, 0);
    } catch (error) {
      log.warn({ err: error }, 'the leases could not be extended');
    }
  }, heartbeatMs);
  return {
    ...context,
    writer: ledgerWriter(context),
    isOver: () => context.signal.aborted || performance.now() > endsAt,
    hold(items: readonly ClaimedItem[], asked: number) {
      for (const item of items) {
        byKey.set(key(item), item);
        heldUntil.set(item, asked + leaseSeconds * 1_000);
      }
    },
    release(item: ClaimedItem) {
      const held = byKey.get(key(item));
      byKey.delete(key(item));
      if (held) heldUntil.delete(held);
    },
    // By this process's own clock, which also runs while it is stopped: a process that wakes up late asks nobody any more.
    stillHeld(item: ClaimedItem): boolean {
      const held = byKey.get(key(item));
      return held !== undefined && performance.now() < (heldUntil.get(held) ?? 0) - 1_000;
    },
    close: () => clearInterval(heartbeat),
  };
}

async function driveLane(slice: Slice, gate: ProviderGate, runs: readonly DueLane[]): Promise<number> {
  const { database, tenantId } = slice;
  const [first] = runs;
  if (!first) return 0;
  const effect = slice.effects[first.kind];
  const opened = await database.inTenant(tenantId, (tx) => effect.open(tx, tenantId, first.lane));
  const cannot = 'cannot' in opened ? opened.cannot : null;
  const lane: OpenLane = 'cannot' in opened ? unreachable : opened;
  gate.setLimits(lane.limits);
  const context: CarryOut = {
    effect,
    lane,
    gate,
    writer: slice.writer,
    signal: slice.signal,
    stillHeld: slice.stillHeld,
  };
  const most = cannot ? 500 : lane.limits.concurrency * handfuls;
  const inHand = new Set<ClaimedItem>();
  let worked = 0;
  let wake = () => {};
  const take = (item: ClaimedItem) => {
    inHand.add(item);
    const work = cannot
      ? slice.writer.write({ item, to: 'failed', detail: cannot, error: cannot, cause: 'cannot_act' })
      : carryOut(context, item);
    work
      .catch((error: unknown) =>
        log.error(
          { err: error, run: item.runId, position: item.position },
          'an item could not be worked on; it is due again when its lease ends',
        ),
      )
      .finally(() => {
        slice.release(item);
        inHand.delete(item);
        wake();
      });
  };
  let turn = 0;
  let idle = 0;
  for (;;) {
    const room = most - inHand.size;
    const wanted = slice.isOver() || idle >= runs.length || gate.closedForMs() > 0 ? 0 : room;
    if (wanted >= Math.min(most / 2, 64) || (wanted > 0 && inHand.size === 0)) {
      // Runs take turns, so that a small one does not wait for a large one.
      const run = runs[turn % runs.length] ?? first;
      turn += 1;
      const asked = performance.now();
      const items = await database.inTenant(tenantId, (tx) =>
        claimItems(tx, tenantId, run, run.sequential ? 1 : Math.min(room, 500)),
      );
      slice.hold(items, asked);
      for (const item of items) take(item);
      worked += items.length;
      idle = items.length > 0 ? 0 : idle + 1;
      continue;
    }
    if (inHand.size === 0) return worked;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

const unreachable: OpenLane = {
  limits: { concurrency: 1, perSecond: null },
  send: () => Promise.reject(new Error('this lane cannot be asked')),
  holds: () => Promise.reject(new Error('this lane cannot be asked')),
};
