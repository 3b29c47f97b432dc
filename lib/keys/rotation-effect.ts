import type { Effect } from '#lib/execution/effect.ts';
import type { ClaimedItem } from '#lib/execution/item-ledger.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { startRotation } from '#lib/keys/start-rotation.ts';
import { ProviderCallFailed } from '#lib/providers/definition.ts';

/**
 * Carries out an approved rotation or kill: the run starts it, the key stage of the worker takes its steps on time. A rotation's
 * item is proved when the rotation is under way, a kill's when the key is killed. What cannot start fails, and says why.
 */
export function rotationEffect(kind: 'rotate' | 'kill'): Effect {
  return {
    async open(_tx, tenantId) {
      const database = pool('worker');
      return {
        limits: { concurrency: 2, perSecond: null },
        async send(item) {
          try {
            await database.inTenant(tenantId, (tx) =>
              startRotation(tx, {
                tenantId,
                proposalId: item.proposalId,
                issuerId: issuerOf(item),
                kind,
                keyId: item.targetId,
                reason: item.reason,
              }),
            );
            return { outcome: 'accepted', status: 200, detail: '' };
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            throw new ProviderCallFailed(error.message, { ambiguous: false, retryable: false, status: 409 });
          }
        },
        holds: (item) =>
          database.inTenant(tenantId, async (tx) => {
            const rotation = await tx.keyRotation.findUnique({
              where: { tenantId_proposalId: { tenantId, proposalId: item.proposalId } },
            });
            if (!rotation || kind === 'rotate') return rotation !== null;
            const key = await tx.signingKey.findUnique({ where: { tenantId_id: { tenantId, id: item.targetId } } });
            if (key?.state === 'compromised') return true;
            // Slow is not failed: the key stage says so itself when it halts.
            if (rotation.state === 'running')
              throw new ProviderCallFailed('the kill is under way.', {
                ambiguous: true,
                retryable: true,
                status: null,
                retryAfterSeconds: 1,
              });
            return false;
          }),
      };
    },
    async onVerified() {
      // The key stage audits each step of the rotation itself.
    },
    words: {
      asking: kind === 'kill' ? 'killing the key' : 'starting the rotation',
      stillThere: kind === 'kill' ? 'The key may still be trusted.' : 'The rotation is not under way.',
      proved: kind === 'kill' ? 'Looked again: the key is killed' : 'Looked again: the rotation is under way',
      verifiedAction: kind === 'kill' ? 'key_killed' : 'key_rotation_started',
      failedAction: kind === 'kill' ? 'key_kill_failed' : 'key_rotation_not_started',
    },
  };
}

function issuerOf(item: ClaimedItem): string {
  const detail = item.detail ? (JSON.parse(item.detail) as { issuerId?: string }) : {};
  if (!detail.issuerId) throw new Refusal('conflict', 'The proposal does not say whose key it is about.');
  return detail.issuerId;
}
