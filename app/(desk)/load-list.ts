import type { Loaded } from '#components/table/columns.ts';
import type { Page } from '#lib/kernel/db/listing.ts';
import { log } from '#lib/kernel/log.ts';

/**
 * Starts a list's query for its table: what comes is a page or "could not load", never an error thrown into the page.
 * Do not await it; hand it to the table, so that the frame of the page is there at once.
 */
export async function loadList<Row>(work: Promise<Page<Row>>): Promise<Loaded<Row>> {
  try {
    return { ok: true, ...(await work) };
  } catch (error) {
    log.error({ err: error }, 'a list could not be loaded');
    return { ok: false };
  }
}
