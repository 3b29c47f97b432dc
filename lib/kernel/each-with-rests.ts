import { setImmediate } from 'node:timers/promises';

/** An item that takes longer than this is followed by a rest. Milliseconds. */
const longMs = 3;

/**
 * Visits one by one, and after an item that took long lets others have their turn. Items of ordinary size are never interrupted:
 * slices of a batch cost more than they give, but a dozen monsters in a row would stop the whole process for seconds.
 */
export async function eachWithRests<Item>(
  items: readonly Item[],
  visit: (item: Item, index: number) => void,
): Promise<void> {
  for (const [index, item] of items.entries()) {
    const since = performance.now();
    visit(item, index);
    if (performance.now() - since > longMs) await setImmediate();
  }
}
