import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { now } from '#lib/kernel/clock.ts';
import { requirePermission } from '#lib/kernel/command.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { capabilitiesOf, connectionOf } from '#lib/providers/connection.ts';
import { ProviderCallFailed } from '#lib/providers/definition.ts';
import { findProvider } from '#lib/providers/registry.ts';

/** What was tried and how it went, in the order it was tried. */
export type TestStep = { what: string; ok: boolean; detail: string };

/** Tries every part of a connection and says of each whether it works. Changes nothing at the provider. @throws Refusal */
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
  const steps: TestStep[] = [];
  if (!connection)
    steps.push({
      what: 'Connection',
      ok: false,
      detail: 'No address and no secrets are stored. Records can still be pushed here.',
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

async function tried(what: string, work: () => Promise<{ ok: boolean; detail: string }>): Promise<TestStep> {
  try {
    return { what, ...(await work()) };
  } catch (error) {
    if (error instanceof ProviderCallFailed) return { what, ok: false, detail: error.message };
    throw error;
  }
}
