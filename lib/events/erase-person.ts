import { z } from 'zod';
import { forgetLinks } from '#lib/events/linked-people.ts';
import { rebuildViews } from '#lib/events/rebuild-views.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import { Refusal } from '#lib/kernel/errors.ts';

/**
 * Takes a person's personal data out of the store: what named them in events and searches goes, raw bytes included; what counts (times, types,
 * outcomes, countries) stays, so every figure and the audit chain stay as they are. The audit names the person by id alone.
 * Runs on a pool of the role `gatehouse_retention`. @throws Refusal `not_found`; `conflict` under a legal hold
 */
export const erasePerson = defineCommand({
  action: 'person_erased',
  permission: 'policies:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({ personId: z.uuid(), reason: z.string().trim().min(3).max(500) }),
  async run({ tx, actor, input }) {
    const { tenantId } = actor;
    const ids = async (column: 'session' | 'device') => {
      const rows =
        column === 'session'
          ? await tx.$queryRaw<
              { id: string }[]
            >`SELECT DISTINCT session_id::text AS id FROM events WHERE tenant_id = ${tenantId}::uuid AND person_id = ${input.personId}::uuid AND session_id IS NOT NULL`
          : await tx.$queryRaw<
              { id: string }[]
            >`SELECT id::text FROM devices WHERE tenant_id = ${tenantId}::uuid AND person_id = ${input.personId}::uuid`;
      return rows.map(({ id }) => id);
    };
    // Searches for them by name go as well; read before what names them is gone.
    const known = await tx.person.findUnique({ where: { tenantId_id: { tenantId, id: input.personId } } });
    const names = [known?.email, known?.subject, known?.displayName].flatMap((name) => name?.toLowerCase() ?? []);
    const [erased] = await tx.$queryRaw<
      { events: bigint }[]
    >`SELECT events FROM gatehouse_erase_person(${input.personId}::uuid)`.catch((error: unknown) => {
      if (!String(error instanceof Error ? error.message : error).includes('a legal hold covers')) throw error;
      throw new Refusal(
        'conflict',
        'A legal hold covers this person. Nothing was erased. Release the hold first, if you may.',
      );
    });
    const events = Number(erased?.events ?? 0);
    if (events === 0) throw new Refusal('not_found', 'There is no such person, or no event speaks of them any more.');
    await forgetLinks(tx, tenantId, [input.personId]);
    await rebuildViews(tx, tenantId, {
      people: [input.personId],
      sessions: await ids('session'),
      devices: await ids('device'),
    });
    await tx.$executeRaw`
      DELETE FROM saved_searches s WHERE s.tenant_id = ${tenantId}::uuid AND EXISTS (
        SELECT 1 FROM jsonb_array_elements(s.filter) AS c, jsonb_array_elements_text(c -> 'value') AS v
        WHERE c ->> 'field' IN ('email', 'q') AND lower(v) = ANY(${names}::text[]))`;
    const signals = await tx.$executeRaw`
      UPDATE signals SET title = detector, summary = 'The person this signal spoke of was erased.', ip = NULL, evidence = '{}', explanations = '[]',
        updated_at = clock_timestamp(), version = version + 1
      WHERE tenant_id = ${tenantId}::uuid AND person_id = ${input.personId}::uuid`;
    return {
      result: { events, signals },
      audit: { target: { type: 'person', id: input.personId }, reason: input.reason, detail: { events, signals } },
    };
  },
});
