import type { FindPlace } from '#lib/events/event-row.ts';
import { ingestRequest } from '#lib/events/ingest-request.ts';
import { noteRefusedDelivery } from '#lib/events/sources/note-refused-delivery.ts';
import { openInlet } from '#lib/events/sources/receivers.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { equalBytes, sha256 } from '#lib/kernel/ids.ts';

export type OpenHook = { tenantId: string; id: string; kind: string; slug: string };

/**
 * The hook behind an address, once the caller has shown its Authorization value; with or without `Bearer` before it, because the two
 * providers differ. Compared in constant time. @throws Refusal `not_found`, `not_signed_in`
 */
export async function openHook(database: Database, id: string, headers: Headers): Promise<OpenHook> {
  const hook = await openInlet(database, id, async (tx, tenantId) => {
    const row = await tx.providerHook.findUnique({ where: { tenantId_id: { tenantId, id } } });
    const provider =
      row && (await tx.provider.findUnique({ where: { tenantId_id: { tenantId, id: row.providerId } } }));
    return row && provider && row.revokedAt === null ? { row, tenantId, slug: provider.slug } : null;
  });
  if (!hook) throw new Refusal('not_found', 'There is no hook at this address.');
  const { tenantId } = hook;
  const given = (headers.get('authorization') ?? '').trim().replace(/^Bearer +/i, '');
  if (!equalBytes(sha256(given), hook.row.secretHash)) {
    const refusal = new Refusal(
      'not_signed_in',
      'The Authorization header is not the one given for this hook. Nothing was stored.',
    );
    await noteRefusedDelivery(database, tenantId, hook.slug, refusal);
    throw refusal;
  }
  return { tenantId, id, kind: hook.row.kind, slug: hook.slug };
}

/** Okta asks once whether the address is ours: the challenge goes back, and the hook counts as verified. */
export async function verifyHook(database: Database, hook: OpenHook, challenge: string | null): Promise<string> {
  if (hook.kind !== 'okta-event-hook' || !challenge || challenge.length > 500)
    throw new Refusal('bad_request', 'This address answers the one-time verification of Okta event hooks only.');
  await database.inTenant(
    hook.tenantId,
    (tx) =>
      tx.$executeRaw`UPDATE provider_hooks SET verified_at = clock_timestamp() WHERE tenant_id = ${hook.tenantId}::uuid AND id = ${hook.id}::uuid`,
  );
  return challenge;
}

/** Takes one delivery; the way of every ingest request from here on, with its limits. */
export async function takeDelivery(
  database: Database,
  hook: OpenHook,
  request: Pick<Request, 'body' | 'headers'>,
  findPlace: FindPlace,
): ReturnType<typeof ingestRequest> {
  const actor = systemActor(hook.tenantId, `${hook.kind} ${hook.slug}`, ['events:write']);
  const taken = await ingestRequest({ database, actor, slug: hook.slug, request, findPlace });
  await database.inTenant(
    hook.tenantId,
    (tx) =>
      tx.$executeRaw`UPDATE provider_hooks SET last_received_at = clock_timestamp() WHERE tenant_id = ${hook.tenantId}::uuid AND id = ${hook.id}::uuid`,
  );
  return taken;
}
