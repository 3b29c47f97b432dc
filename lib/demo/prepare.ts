import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { managementPath } from '#lib/demo/provider/management-api.ts';
import { type DemoSecrets, demoSecretsFile } from '#lib/demo/secrets.ts';
import { openProvider } from '#lib/events/providers.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { execute } from '#lib/kernel/command.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { saveConnection } from '#lib/providers/connection.ts';
import { authenticateToken, createServiceToken, revokeServiceToken } from '#lib/staff/service-tokens.ts';

/** `storyIsKnown`: an earlier start told the story to this database. */
export type DemoTokens = { provider: string; story: string; storyIsKnown: boolean };
const storySystems = ['okta', 'entra', 'keycloak'];

/**
 * Makes the demo known to Gatehouse through its own commands, audited: two bearer tokens for the ingest door, and the connection to the sample provider with its allowance for loopback. Safe to repeat.
 */
export async function prepareDemo(database: Database, dataDir: string, secrets: DemoSecrets): Promise<DemoTokens> {
  const folder = path.dirname(demoSecretsFile(dataDir));
  const tenant = await database.outsideTenants((tx) =>
    tx.tenant.findFirstOrThrow({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }),
  );
  const actor = systemActor(tenant.id, 'Demo', ['tokens:manage']);
  await connectSample(database, actor, secrets);
  return {
    provider: await livingToken(database, actor, path.join(folder, 'provider-token'), {
      name: 'Sample provider',
      provider: 'sample',
    }),
    story: await livingToken(database, actor, path.join(folder, 'story-token'), {
      name: 'Story of the demo',
      provider: null,
    }),
    storyIsKnown: await database.inTenant(
      tenant.id,
      async (tx) =>
        (await tx.provider.count({ where: { tenantId: tenant.id, slug: { in: storySystems } } })) ===
        storySystems.length,
    ),
  };
}

/** The token of an earlier start while it still opens the door (nobody revoked it), else a fresh one in its place. */
async function livingToken(
  database: Database,
  actor: Actor,
  file: string,
  wanted: { name: string; provider: string | null },
): Promise<string> {
  const known = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  const opens = authenticateToken(database, new Headers({ authorization: `Bearer ${known}` })).then(
    ({ provider }) => provider === wanted.provider,
    (error: unknown) => {
      if (error instanceof Refusal && error.code === 'not_signed_in') return false;
      throw error;
    },
  );
  if (await opens) return known;
  await execute(database, revokeServiceToken, actor, { name: wanted.name }).catch((error: unknown) => {
    if (!(error instanceof Refusal) || error.code !== 'not_found') throw error;
  });
  const { token } = await execute(database, createServiceToken, actor, { ...wanted, scopes: ['events:write'] });
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return token;
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
