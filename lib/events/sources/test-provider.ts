import { readReceiverOf } from '#lib/events/sources/receivers.ts';
import { type TestStep, testDoors, testStream, tried } from '#lib/events/sources/test-inlets.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { now } from '#lib/kernel/clock.ts';
import { requirePermission } from '#lib/kernel/command.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { capabilitiesOf, connectionOf } from '#lib/providers/connection.ts';
import { findProvider } from '#lib/providers/registry.ts';

/** Tries every way in and out of a provider and says of each whether it works. Changes nothing at the provider. @throws Refusal */
export async function testProvider(database: Database, actor: Actor, id: string): Promise<TestStep[]> {
  await requirePermission(database, actor, 'providers:manage', 'provider_tested');
  const { tenantId } = actor;
  const row = await database.inTenant(tenantId, (tx) =>
    tx.provider.findUnique({ where: { tenantId_id: { tenantId, id } } }),
  );
  if (!row) throw new Refusal('not_found', 'There is no such provider.');
  const definition = findProvider(row.kind);
  const connection = connectionOf(row);
  const signal = AbortSignal.timeout(20_000);
  const receiver = await database.inTenant(tenantId, (tx) => readReceiverOf(tx, tenantId, id));
  const steps: TestStep[] = receiver
    ? await testStream(database, receiver, signal)
    : await testDoors(database, row, connection !== null);
  if (!connection && !receiver && definition?.connection)
    steps.push({
      what: 'Connection',
      ok: steps.some(({ ok }) => ok),
      detail: 'No address and no secrets are stored: nothing is fetched from there, and no session can be ended there.',
    });
  const capabilities = capabilitiesOf(definition, row);
  if (capabilities) steps.push(await tried('Credentials', () => capabilities.test(signal)));
  else if (connection)
    steps.push({
      what: 'Acting',
      ok: true,
      detail: `Gatehouse only reads from ${definition?.name ?? row.kind}; it cannot end sessions there.`,
    });
  for (const pull of connection ? (definition?.pulls ?? []) : []) {
    steps.push(
      await tried(`Log: ${pull.name}`, async () => {
        const from = new Date(now().getTime() - 3_600_000);
        const page = await pull.read({
          connection: connection as NonNullable<typeof connection>,
          cursor: null,
          from,
          signal,
        });
        return {
          ok: true,
          detail:
            page.body.length > 2 ? 'Readable, with records of the last hour.' : 'Readable. No record in the last hour.',
        };
      }),
    );
  }
  await database.inTenant(tenantId, (tx) =>
    appendAudit(tx, actor, {
      action: 'provider_tested',
      outcome: steps.every(({ ok }) => ok) ? 'success' : 'failure',
      target: { type: 'provider', id },
      detail: { steps: steps.map(({ what, ok }) => ({ what, ok })) },
    }),
  );
  return steps;
}
