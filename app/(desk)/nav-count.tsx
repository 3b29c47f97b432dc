import type { Place } from '#app/(desk)/navigation.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { log } from '#lib/kernel/log.ts';

/** How many wait at a place. A count that cannot be read is left out: the frame stands when the database does not. */
export async function NavCount({ count, actor }: { count: NonNullable<Place['count']>; actor: Actor }) {
  const waiting = await readingAs(actor)
    .inTenant(actor.tenantId, (tx) => count(tx, actor))
    .catch((error: unknown) => {
      log.warn({ err: error }, 'a count of the navigation could not be read');
      return 0;
    });
  return waiting > 0 ? (
    <>
      {waiting > 999 ? '999+' : waiting}
      <span className="sr-only"> waiting</span>
    </>
  ) : null;
}
