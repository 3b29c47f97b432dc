import { namesForFilter, providerChoices } from '#lib/events/filter-names.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import type { Filter } from '#lib/model/filter.ts';
import { safeText } from '#lib/model/safe-text.ts';

/** What a filter control needs from the data: names for the ids in the address, and the providers there are to choose from. */
export async function filterContext(
  actor: Actor,
  filter: Filter,
): Promise<{ names: Record<string, string>; choices: Record<string, { value: string; label: string }[]> }> {
  return readingAs(actor).inTenant(actor.tenantId, async (tx) => {
    const names = await namesForFilter(tx, actor.tenantId, filter);
    const providers = await providerChoices(tx, actor.tenantId);
    return {
      names: Object.fromEntries(Object.entries(names).map(([id, name]) => [id, safeText(name)])),
      choices: { provider: providers.map(({ value, label }) => ({ value, label: safeText(label) })) },
    };
  });
}
