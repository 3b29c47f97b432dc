import type { Effect } from '#lib/execution/effect.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { durationWords } from '#lib/model/duration.ts';
import { ProviderCallFailed } from '#lib/providers/definition.ts';
import { noteCase } from '#lib/recovery/case-steps.ts';
import { lockCase } from '#lib/recovery/load-case.ts';
import { tellAddresses } from '#lib/recovery/tell-addresses.ts';

/**
 * Carries out an approved recovery: the waiting time begins and every known address is told, in one transaction. The rest is the
 * person's to do (fetch the code, set up the authenticator) and the recovery stage's to finish.
 */
export const recoveryEffect: Effect = {
  async open(_tx, tenantId) {
    const database = pool('worker');
    return {
      limits: { concurrency: 4, perSecond: null },
      async send(item) {
        const begun = await database.inTenant(tenantId, async (tx) => {
          const row = await lockCase(tx, tenantId, item.targetId);
          if (row.state !== 'proposed' || row.proposalId !== item.proposalId) return row.state;
          await tx.$executeRaw`
            UPDATE recovery_cases SET state = 'waiting' WHERE tenant_id = ${tenantId}::uuid AND id = ${row.id}::uuid AND state = 'proposed'`;
          await tellAddresses(tx, row, 'approved');
          await noteCase(
            tx,
            tenantId,
            row.id,
            'Gatehouse',
            `Approved; the waiting time of ${durationWords((row.waitingMinutes ?? 0) * 60)} began`,
          );
          return null;
        });
        if (begun === null || begun === 'waiting') return { outcome: 'accepted', status: 200, detail: '' };
        throw new ProviderCallFailed(
          begun === 'vetoed'
            ? 'Somebody with a known address said that it was not them, so it was not carried out.'
            : `The case is ${begun}, so it was not carried out.`,
          { ambiguous: false, retryable: false, status: 409 },
        );
      },
      holds: (item) =>
        database.inTenant(tenantId, async (tx) => {
          const row = await lockCase(tx, tenantId, item.targetId);
          return row.releaseAt !== null && row.proposalId === item.proposalId;
        }),
    };
  },
  async onVerified() {
    // The case itself tells the rest.
  },
  words: {
    asking: 'beginning the waiting time',
    stillThere: 'Nothing was handed out.',
    proved: 'Looked again: the waiting time runs and every address was told',
    verifiedAction: 'recovery_approved',
    failedAction: 'recovery_not_begun',
  },
};
