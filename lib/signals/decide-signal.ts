import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { openSignalStates, signalMoves, signalStates } from '#lib/model/signal.ts';

/**
 * Moves a signal to a state, with a reason where it closes it. The state it was seen in is part of the WHERE: if somebody else
 * moved it meanwhile, nothing changes and the refusal says so. @throws Refusal `not_found`, `conflict`, `invalid_input`
 */
export const decideSignal = defineCommand({
  action: 'signal_decided',
  permission: 'signals:write',
  input: z.strictObject({
    signalId: z.uuid(),
    from: z.enum(signalStates),
    to: z.enum(signalStates),
    reason: z.string().trim().max(500).default(''),
  }),
  async run({ tx, actor, input }) {
    if (!signalMoves[input.from].includes(input.to)) {
      throw new Refusal(
        'conflict',
        `A signal cannot go from ${words(input.from)} to ${words(input.to)}. Reload to see where it stands.`,
      );
    }
    const decided = !openSignalStates.includes(input.to);
    if (decided && input.reason.length < 3) {
      throw new Refusal('invalid_input', 'Say in a few words why. The next person reads it.', {
        problems: [{ path: 'reason', message: 'At least 3 characters.' }],
      });
    }
    const moved = await tx.$executeRaw`
      UPDATE signals SET state = ${input.to}, decision = ${decided ? input.reason : null},
        decided_at = CASE WHEN ${decided} THEN clock_timestamp() END,
        decided_by = CASE WHEN ${decided} AND ${actor.type === 'operator'} THEN ${actor.type === 'operator' ? actor.id : null}::uuid END,
        updated_at = clock_timestamp(), version = version + 1
      WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${input.signalId}::uuid AND state = ${input.from}`;
    if (moved === 0) {
      const there = await tx.signal.findUnique({
        where: { tenantId_id: { tenantId: actor.tenantId, id: input.signalId } },
      });
      if (!there) throw new Refusal('not_found', 'There is no such signal.');
      throw new Refusal(
        'conflict',
        `Somebody else moved this signal to ${words(there.state)} meanwhile. Nothing was changed.`,
      );
    }
    return {
      result: { state: input.to },
      audit: {
        target: { type: 'signal', id: input.signalId },
        reason: input.reason,
        detail: { from: input.from, to: input.to },
      },
    };
  },
});

function words(state: string): string {
  return state.replaceAll('_', ' ');
}
