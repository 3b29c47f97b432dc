import type { ProviderRow } from '#lib/events/event-row.ts';
import { recordOwnEvent } from '#lib/events/own-events.ts';
import type { Effect } from '#lib/execution/run-due-items.ts';
import { capabilitiesOf } from '#lib/providers/connection.ts';
import { findProvider } from '#lib/providers/registry.ts';

/** Ending a session at its provider. Once proved, the store hears of it as an event, so the views follow as they do for any other. */
export const endSessionEffect: Effect = {
  async capabilities(tx, tenantId, item) {
    const row = await tx.provider.findUnique({ where: { tenantId_id: { tenantId, id: item.providerId } } });
    return row ? capabilitiesOf(findProvider(row.kind), row) : null;
  },
  async onVerified(tx, tenantId, item) {
    const provider: ProviderRow = await tx.provider.findUniqueOrThrow({
      where: { tenantId_id: { tenantId, id: item.providerId } },
    });
    await recordOwnEvent(tx, tenantId, provider, {
      sourceEventId: `gatehouse:run-item:${item.id}`,
      type: 'session_revoked',
      sourceSessionId: item.sourceSessionId,
      detail: { run: item.runId, item: item.id },
    });
  },
};
