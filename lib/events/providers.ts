import type { ProviderRow } from '#lib/events/event-row.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { stableId } from '#lib/kernel/ids.ts';
import type { ProviderDefinition } from '#lib/providers/definition.ts';
import { findProvider, providers } from '#lib/providers/registry.ts';

/**
 * The provider behind an ingest address, with its definition. An address that names a kind Gatehouse reads is set up at its
 * first record, audited; people of records that name no issuer then belong to `urn:gatehouse:provider:<slug>`.
 * @throws Refusal `not_found` for an address that is neither configured nor a known kind
 */
export async function openProvider(
  database: Database,
  actor: Actor,
  slug: string,
): Promise<{ provider: ProviderRow; definition: ProviderDefinition }> {
  // What no short name looks like is not asked of the database.
  const provider = !/^[\w.-]{1,64}$/.test(slug)
    ? null
    : await database.inTenant(actor.tenantId, async (tx) => {
        const found = await tx.provider.findUnique({ where: { tenantId_slug: { tenantId: actor.tenantId, slug } } });
        if (found) return found;
        const definition = findProvider(slug);
        if (!definition) return null;
        const id = stableId('provider', actor.tenantId, slug);
        const made = await tx.provider.createMany({
          data: [
            {
              tenantId: actor.tenantId,
              id,
              slug,
              kind: slug,
              name: definition.name,
              issuer: `urn:gatehouse:provider:${slug}`,
            },
          ],
          skipDuplicates: true,
        });
        if (made.count > 0) {
          await appendAudit(tx, actor, {
            action: 'provider_created',
            outcome: 'success',
            target: { type: 'provider', id },
            detail: { slug },
          });
        }
        return tx.provider.findUnique({ where: { tenantId_slug: { tenantId: actor.tenantId, slug } } });
      });
  const definition = provider ? findProvider(provider.kind) : undefined;
  if (!provider || !definition) {
    const kinds = providers.map((each) => each.kind).join(', ');
    throw new Refusal(
      'not_found',
      `There is no provider "${slug.slice(0, 64)}". Known kinds: ${kinds}. Nothing was stored.`,
    );
  }
  return { provider, definition };
}
