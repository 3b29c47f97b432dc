import { storeRows } from '#lib/events/append.ts';
import { eventRow, nowhere, type ProviderRow } from '#lib/events/event-row.ts';
import { databaseNow } from '#lib/kernel/clock.ts';
import { runnerOf, type Tx } from '#lib/kernel/db/database.ts';
import { sha256 } from '#lib/kernel/ids.ts';
import type { EventType, JsonObject } from '#lib/model/event.ts';

export type OwnEvent = { sourceEventId: string; type: EventType; sourceSessionId: string; detail: JsonObject };

/**
 * Appends events that Gatehouse itself observed (sessions it looked for and found gone) in the caller's transaction. They go the
 * way of every event, so the views follow from events alone. Recording the same source id again changes nothing.
 */
export async function recordOwnEvents(
  tx: Tx,
  tenantId: string,
  provider: ProviderRow,
  observed: readonly OwnEvent[],
): Promise<void> {
  const at = await databaseNow(tx);
  // The first thing that happens in a month may be something of our own.
  await tx.$queryRaw`SELECT gatehouse_ensure_event_months(ARRAY[date_trunc('month', ${at}::timestamptz)::date])`;
  const rows = observed.map((each) => {
    const raw = Buffer.from(JSON.stringify({ ...each, observedAt: at.toISOString() }));
    return eventRow(
      {
        ok: true,
        raw,
        digest: sha256(raw),
        sourceEventId: each.sourceEventId,
        event: {
          sourceEventId: each.sourceEventId,
          occurredAt: at,
          type: each.type,
          providerType: `gatehouse.${each.type}`,
          outcome: 'success',
          reason: null,
          person: null,
          actor: 'Gatehouse',
          sourceSessionId: each.sourceSessionId,
          sourceDeviceId: null,
          client: null,
          ip: null,
          userAgent: null,
          interactive: false,
          detail: each.detail,
        },
      },
      { tenantId, provider, findPlace: () => nowhere, receivedAt: at },
    );
  });
  await storeRows(runnerOf(tx), { tenantId, provider, receivedAt: at }, rows);
}
