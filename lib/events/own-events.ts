import { storeRows } from '#lib/events/append.ts';
import { eventRow, nowhere, type ProviderRow } from '#lib/events/event-row.ts';
import { databaseNow } from '#lib/kernel/clock.ts';
import { runnerOf, type Tx } from '#lib/kernel/db/database.ts';
import { sha256 } from '#lib/kernel/ids.ts';
import type { EventType, JsonObject } from '#lib/model/event.ts';

/**
 * Appends an event that Gatehouse itself observed (a session it looked for and found gone) in the caller's transaction. It goes the
 * way of every event, so the views follow from events alone. Recording the same source id again changes nothing.
 */
export async function recordOwnEvent(
  tx: Tx,
  tenantId: string,
  provider: ProviderRow,
  observed: { sourceEventId: string; type: EventType; sourceSessionId: string; detail: JsonObject },
): Promise<void> {
  const at = await databaseNow(tx);
  const raw = Buffer.from(JSON.stringify({ ...observed, observedAt: at.toISOString() }));
  const row = eventRow(
    {
      ok: true,
      raw,
      digest: sha256(raw),
      sourceEventId: observed.sourceEventId,
      event: {
        sourceEventId: observed.sourceEventId,
        occurredAt: at,
        type: observed.type,
        providerType: `gatehouse.${observed.type}`,
        outcome: 'success',
        reason: null,
        person: null,
        actor: 'Gatehouse',
        sourceSessionId: observed.sourceSessionId,
        sourceDeviceId: null,
        client: null,
        ip: null,
        userAgent: null,
        interactive: false,
        detail: observed.detail,
      },
    },
    { tenantId, provider, findPlace: () => nowhere, receivedAt: at },
  );
  await storeRows(runnerOf(tx), { tenantId, provider, receivedAt: at }, [row]);
}
