import type { Database } from '#lib/kernel/db/database.ts';
import { failpoint } from '#lib/kernel/failpoint.ts';
import { httpAllowanceSchema, noAllowance } from '#lib/kernel/http/address-guard.ts';
import { log } from '#lib/kernel/log.ts';
import type { Issuer } from '#lib/keys/issuers.ts';
import { StepRefused } from '#lib/keys/lifecycle.ts';
import { mirrorProvider, noteIssuerProblem } from '#lib/keys/mirror-provider.ts';
import type { ClaimedRotation } from '#lib/keys/rotation-ledger.ts';
import { capabilitiesOf } from '#lib/providers/connection.ts';
import type { KeyCapabilities, ProviderKeyReport } from '#lib/providers/definition.ts';
import { findProvider } from '#lib/providers/registry.ts';

/** How often a provider's keys are looked at without a rotation. Seconds. */
const lookSeconds = 15;

type Held = { tenantId: string; id: string; name: string; keys: KeyCapabilities; allowance: unknown };

/** A provider whose signing keys Gatehouse can move, or `null` when it is not connected or has no such interface. */
async function heldBy(database: Database, tenantId: string, providerId: string): Promise<Held | null> {
  const row = await database.inTenant(tenantId, (tx) =>
    tx.provider.findUnique({ where: { tenantId_id: { tenantId, id: providerId } } }),
  );
  const keys = row ? capabilitiesOf(findProvider(row.kind), row)?.keys : undefined;
  return row && keys ? { tenantId, id: row.id, name: row.name, keys, allowance: row.httpAllowance } : null;
}

/** What a provider's key set may be fetched from. @throws StepRefused when it is not connected any more */
export async function allowanceOf(database: Database, issuer: Issuer) {
  const held = issuer.providerId ? await heldBy(database, issuer.tenantId, issuer.providerId) : null;
  if (!held) throw new StepRefused(`${issuer.name} is not connected any more, so its keys cannot be moved.`);
  return httpAllowanceSchema.parse(held.allowance ?? noAllowance);
}

/**
 * Looks at the keys of every connected provider that was not looked at for a while, and writes down what it reports.
 * @returns how many were looked at
 */
export async function lookAtProviders(database: Database, tenantId: string, signal: AbortSignal): Promise<number> {
  const due = await database.inTenant(
    tenantId,
    (tx) => tx.$queryRaw<{ id: string }[]>`
      SELECT p.id::text FROM providers p LEFT JOIN signing_issuers i ON i.tenant_id = p.tenant_id AND i.provider_id = p.id
      WHERE p.tenant_id = ${tenantId}::uuid AND p.base_url IS NOT NULL AND p.secret IS NOT NULL
        AND (i.looked_at IS NULL OR i.looked_at < clock_timestamp() - make_interval(secs => ${lookSeconds})) LIMIT 20`,
  );
  let looked = 0;
  for (const { id } of due) {
    const held = await heldBy(database, tenantId, id);
    if (!held) continue;
    try {
      const report = await held.keys.report(signal);
      await database.inTenant(tenantId, (tx) => mirrorProvider(tx, held, report));
      looked += 1;
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      log.warn({ provider: id }, `the keys of a provider could not be read: ${words}`);
      await noteIssuerProblem(
        database,
        tenantId,
        id,
        `Its keys could not be read: ${words} Shown is what was last seen.`,
      );
    }
  }
  return looked;
}

/**
 * Takes a step at a provider. The provider is asked first how its keys stand, so a step that was taken before a crash is found
 * taken and no second key is made. @throws StepRefused, ProviderCallFailed
 */
export async function takeProviderStep(
  database: Database,
  issuer: Issuer,
  rotation: ClaimedRotation,
  signal: AbortSignal,
): Promise<{ newKeyId?: string; detail: string }> {
  const { tenantId, providerId } = issuer;
  const held = providerId ? await heldBy(database, tenantId, providerId) : null;
  if (!held) throw new StepRefused(`${issuer.name} is not connected any more, so its keys cannot be moved.`);
  const { keys } = held;
  const kids = await database.inTenant(tenantId, async (tx) => {
    const ids = [rotation.oldKeyId, ...(rotation.newKeyId ? [rotation.newKeyId] : [])];
    return new Map(
      (await tx.signingKey.findMany({ where: { tenantId, id: { in: ids } } })).map(({ id, kid }) => [id, kid]),
    );
  });
  const old = kids.get(rotation.oldKeyId);
  if (!old) throw new StepRefused('The old key is not known any more.');
  const next = rotation.newKeyId ? kids.get(rotation.newKeyId) : undefined;
  let heir = next;
  let detail: string;
  switch (rotation.step) {
    case 'publish':
      heir = await waitingKey(keys, rotation.id, signal);
      failpoint('rotate.publish.after_created');
      await keys.move(heir, 'published', signal);
      detail = 'The provider published the next key';
      break;
    case 'activate':
      if (!next) throw new StepRefused('The next key was never made.');
      await keys.move(next, 'active', signal);
      detail = 'The provider signs with the next key';
      break;
    case 'retire':
      await keys.move(old, 'retired', signal);
      detail = 'The provider took the old key out of its key set';
      break;
    case 'destroy':
      await keys.move(old, 'destroyed', signal);
      detail = 'The provider destroyed the private half of the old key';
      break;
    case 'kill': {
      const report = await keys.report(signal);
      if (stateOf(report, old) === 'active') {
        heir = await waitingKey(keys, rotation.id, signal);
        await keys.move(heir, 'published', signal);
        await keys.move(heir, 'active', signal);
        failpoint('rotate.kill.after_heir_active');
      } else heir = report.keys.find(({ state }) => state === 'active')?.kid;
      await keys.move(old, 'retired', signal);
      detail = 'The provider took the key out of its key set; another signs';
      break;
    }
    default:
      return rotation.step satisfies never;
  }
  const report = await keys.report(signal);
  const ids = await database.inTenant(tenantId, async (tx) => {
    const mirrored = await mirrorProvider(tx, held, report);
    if (rotation.step === 'kill')
      await tx.$executeRaw`
        UPDATE signing_keys SET state = 'compromised', compromised_at = clock_timestamp()
        WHERE tenant_id = ${tenantId}::uuid AND id = ${rotation.oldKeyId}::uuid AND state <> 'compromised'`;
    return mirrored;
  });
  const newKeyId = heir ? ids.get(heir) : undefined;
  return newKeyId ? { newKeyId, detail } : { detail };
}

/**
 * The key that waits to sign: one that is there already, else the one of this rotation. Making a key can outlast the call that
 * asked for it, and the worker that made the call; asked again the provider answers with that key, so no orphan is left. A key
 * that a rotation taken back left behind was never public and never signed: the next rotation uses it up.
 */
async function waitingKey(keys: KeyCapabilities, rotationId: string, signal: AbortSignal): Promise<string> {
  const report = await keys.report(signal);
  const waiting =
    report.keys.find(({ state }) => state === 'published') ?? report.keys.find(({ state }) => state === 'created');
  return waiting?.kid ?? keys.create(rotationId, signal);
}

function stateOf(report: ProviderKeyReport, kid: string): string | undefined {
  return report.keys.find((key) => key.kid === kid)?.state;
}
