import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import { Refusal } from '#lib/kernel/errors.ts';

/**
 * Takes a signal, or gives it back. Who had it when that was decided is part of the WHERE: two analysts who take the same one at
 * the same moment do not both get it. @throws Refusal `forbidden` for a token, `not_found`, `conflict`
 */
export const assignSignal = defineCommand({
  action: 'signal_assigned',
  permission: 'signals:write',
  input: z.strictObject({
    signalId: z.uuid(),
    from: z.uuid().nullable().describe('whose it was when this was decided; null for nobody'),
    to: z.enum(['me', 'nobody']),
  }),
  async run({ tx, actor, input }) {
    if (actor.type !== 'operator')
      throw new Refusal('forbidden', 'A signal belongs to a person; a token cannot take one.');
    const assignee = input.to === 'me' ? actor.id : null;
    const moved = await tx.$executeRaw`
      UPDATE signals SET assignee_id = ${assignee}::uuid, assigned_at = CASE WHEN ${assignee !== null} THEN clock_timestamp() END,
        updated_at = clock_timestamp(), version = version + 1
      WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${input.signalId}::uuid AND assignee_id IS NOT DISTINCT FROM ${input.from}::uuid`;
    if (moved === 0) {
      const there = await tx.signal.findUnique({
        where: { tenantId_id: { tenantId: actor.tenantId, id: input.signalId } },
      });
      if (!there) throw new Refusal('not_found', 'There is no such signal.');
      throw new Refusal('conflict', 'Somebody else took or released this signal meanwhile. Nothing was changed.');
    }
    return {
      result: { assigneeId: assignee },
      audit: { target: { type: 'signal', id: input.signalId }, detail: { from: input.from, to: assignee } },
    };
  },
});
