import { managementPath } from '#lib/demo/provider/management-api.ts';
import type { DemoSecrets } from '#lib/demo/secrets.ts';
import { openProvider } from '#lib/events/providers.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { execute } from '#lib/kernel/command.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { saveConnection } from '#lib/providers/connection.ts';
import { createServiceToken, revokeServiceToken } from '#lib/staff/service-tokens.ts';

/** `storyIsKnown`: an earlier start told the story to this database. */
export type DemoTokens = { provider: string; story: string; storyIsKnown: boolean };
const storySystems = ['okta', 'entra', 'keycloak'];
const names = { provider: 'Sample provider', story: 'Story of the demo' } as const;

/**
 * Makes the demo known to Gatehouse through its own commands, audited: fresh bearer tokens for the ingest door (those of the start
 * before are revoked), and the connection to the sample provider with its allowance for loopback. Safe to repeat.
 */
export async function prepareDemo(database: Database, secrets: DemoSecrets): Promise<DemoTokens> {
  const tenant = await database.outsideTenants((tx) =>
    tx.tenant.findFirstOrThrow({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }),
  );
  const actor = systemActor(tenant.id, 'Demo', ['tokens:manage']);
  await connectSample(database, actor, secrets);
  return {
    provider: await freshToken(database, actor, names.provider, 'sample'),
    story: await freshToken(database, actor, names.story, null),
    storyIsKnown: await database.inTenant(
      tenant.id,
      async (tx) =>
        (await tx.provider.count({ where: { tenantId: tenant.id, slug: { in: storySystems } } })) ===
        storySystems.length,
    ),
  };
}

async function freshToken(database: Database, actor: Actor, name: string, provider: string | null): Promise<string> {
  await execute(database, revokeServiceToken, actor, { name }).catch((error: unknown) => {
    if (!(error instanceof Refusal) || error.code !== 'not_found') throw error;
  });
  return (await execute(database, createServiceToken, actor, { name, scopes: ['events:write'], provider })).token;
}

async function connectSample(database: Database, actor: Actor, secrets: DemoSecrets): Promise<void> {
  const { provider } = await openProvider(database, actor, 'sample');
  const baseUrl = `http://127.0.0.1:${secrets.providerPort}${managementPath}`;
  await database.inTenant(actor.tenantId, async (tx) => {
    const { baseUrl: known, secret } = await tx.provider.findUniqueOrThrow({
      where: { tenantId_id: { tenantId: actor.tenantId, id: provider.id } },
    });
    if (known === baseUrl && secret !== null) return;
    const allowance = { networks: ['127.0.0.0/8'], ports: [secrets.providerPort], plainHttp: true };
    await saveConnection(tx, {
      tenantId: actor.tenantId,
      providerId: provider.id,
      baseUrl,
      secret: secrets.managementToken,
      allowance,
    });
    await appendAudit(tx, actor, {
      action: 'provider_connected',
      outcome: 'success',
      target: { type: 'provider', id: provider.id },
      detail: { address: baseUrl, allowance },
    });
  });
}
