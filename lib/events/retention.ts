import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId } from '#lib/kernel/ids.ts';
import { eventTypes } from '#lib/model/event.ts';

const types = ['*', ...eventTypes] as [string, ...string[]];
export const keepDaysMax = 36_500;

/** Says how long events of a type (`*`: all without a line of their own) are kept; `null` days: for ever. A shorter time takes events away. */
export const setRetention = defineCommand({
  action: 'retention_set',
  permission: 'policies:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({
    eventType: z.enum(types, { error: 'expected an event type, or * for all others' }),
    keepDays: z.number().int().min(1).max(keepDaysMax).nullable(),
  }),
  async run({ tx, actor, input }) {
    const key = { tenantId: actor.tenantId, eventType: input.eventType };
    if (input.keepDays === null) await tx.retentionPolicy.deleteMany({ where: key });
    else {
      await tx.retentionPolicy.upsert({
        where: { tenantId_eventType: key },
        create: { ...key, keepDays: input.keepDays, setBy: actor.label },
        update: { keepDays: input.keepDays, setBy: actor.label },
      });
    }
    return {
      result: input,
      audit: { target: { type: 'retention', id: input.eventType }, detail: { days: input.keepDays } },
    };
  },
});

/** Puts a person's events, or without a person all of the tenant's, out of reach of retention and erasure until it is released. */
export const placeHold = defineCommand({
  action: 'legal_hold_placed',
  permission: 'policies:manage',
  input: z.strictObject({ reason: z.string().trim().min(3).max(500), personId: z.uuid().nullable() }),
  async run({ tx, actor, input }) {
    if (input.personId) {
      const person = await tx.person.findUnique({
        where: { tenantId_id: { tenantId: actor.tenantId, id: input.personId } },
      });
      if (!person) throw new Refusal('not_found', 'There is no such person. Nothing was changed.');
    }
    const id = newId();
    await tx.legalHold.create({ data: { tenantId: actor.tenantId, id, placedBy: actor.label, ...input } });
    const target = input.personId ? { type: 'person', id: input.personId } : { type: 'tenant', id: actor.tenantId };
    return { result: { id }, audit: { target, reason: input.reason, detail: { hold: id } } };
  },
});

/** Releases a hold; what it kept may go from then on. @throws Refusal `conflict` when it was released before or never was */
export const releaseHold = defineCommand({
  action: 'legal_hold_released',
  permission: 'policies:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({ id: z.uuid() }),
  async run({ tx, actor, input }) {
    const released = await tx.$executeRaw`
      UPDATE legal_holds SET released_at = clock_timestamp(), released_by = ${actor.label}
      WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${input.id}::uuid AND released_at IS NULL`;
    if (released === 0) throw new Refusal('conflict', 'There is no such hold in force. Nothing was changed.');
    return { result: input, audit: { target: { type: 'legal_hold', id: input.id } } };
  },
});
