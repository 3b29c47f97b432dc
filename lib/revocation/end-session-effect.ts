import type { ProviderRow } from '#lib/events/event-row.ts';
import { recordOwnEvents } from '#lib/events/own-events.ts';
import type { Effect, OpenLane } from '#lib/execution/effect.ts';
import { capabilitiesOf } from '#lib/providers/connection.ts';
import type { Capabilities } from '#lib/providers/definition.ts';
import { findProvider } from '#lib/providers/registry.ts';

/** Calls at once where a provider's definition names no limit of its own. */
const limits = { concurrency: 32, perSecond: null };

/** Ending sessions through these capabilities: `holds` once the provider knows the session no more or says that it is dead. */
export function endingSessions(capabilities: Capabilities): OpenLane {
  return {
    limits: capabilities.limits ?? limits,
    send: (item, signal) => capabilities.endSession(item.reference, signal),
    holds: async (item, signal) => !((await capabilities.lookUpSession(item.reference, signal))?.alive ?? false),
  };
}

/** Ending a session at its provider. Once proved, the store hears of it as an event, so the views follow as they do for any other. */
export const endSessionEffect: Effect = {
  async open(tx, tenantId, lane) {
    const row = await tx.provider.findUnique({ where: { tenantId_id: { tenantId, id: lane } } });
    const capabilities = row ? capabilitiesOf(findProvider(row.kind), row) : null;
    if (capabilities) return endingSessions(capabilities);
    return {
      cannot: row
        ? `Gatehouse cannot end sessions at ${row.name}. End it in the console of ${row.name}; it may still be alive.`
        : 'The provider is not connected any more, so it could not be asked. The session may still be alive.',
    };
  },
  async onVerified(tx, tenantId, items) {
    for (const [providerId, ended] of Map.groupBy(items, (item) => item.providerId)) {
      if (providerId === null) continue;
      const provider: ProviderRow = await tx.provider.findUniqueOrThrow({
        where: { tenantId_id: { tenantId, id: providerId } },
      });
      await recordOwnEvents(
        tx,
        tenantId,
        provider,
        ended.map((item) => ({
          sourceEventId: `gatehouse:run:${item.runId}:${item.position}`,
          type: 'session_revoked',
          sourceSessionId: item.reference,
          detail: { run: item.runId, position: item.position },
        })),
      );
    }
  },
  words: {
    asking: 'asking the provider to end the session',
    stillThere: 'The session may still be alive.',
    proved: 'Looked again: the session is gone',
    verifiedAction: 'session_revoked',
    failedAction: 'session_revocation_failed',
  },
};
