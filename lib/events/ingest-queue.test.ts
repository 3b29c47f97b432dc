import { describe, expect, test } from 'vitest';
import { ingestQueue } from '#lib/events/ingest-queue.ts';

/** A batch that ends when it is told to. */
function batch() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { run: () => ended, end };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('[F12] the queue before the ingest pool', () => {
  test('lets tenants take turns: a flood of one does not hold up the next batch of another', async () => {
    const queue = ingestQueue({
      storingMax: 1,
      waitingPerTenantMax: 50,
      heldBytesMax: 100,
      heldBytesPerTenantMax: 100,
    });
    const order: string[] = [];
    const first = batch();
    const all = [queue.store('flood', first.run)];
    for (let at = 0; at < 20; at += 1) all.push(queue.store('flood', async () => void order.push('flood')));
    all.push(queue.store('small', async () => void order.push('small')));
    await settled();
    first.end();
    await Promise.all(all);
    expect(order.indexOf('small')).toBeLessThanOrEqual(1);
    expect(order).toHaveLength(21);
  });

  test('asks a tenant with its share waiting to come again, and nobody else', async () => {
    const queue = ingestQueue({ storingMax: 1, waitingPerTenantMax: 2, heldBytesMax: 100, heldBytesPerTenantMax: 100 });
    const first = batch();
    const taken = [queue.store('a', first.run), queue.store('a', async () => 1), queue.store('a', async () => 2)];
    await expect(queue.store('a', async () => 3)).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 1 });
    taken.push(queue.store('b', async () => 4));
    first.end();
    expect(await Promise.all(taken)).toEqual([undefined, 1, 2, 4]);
    // What failed gives its place back too.
    await expect(queue.store('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await queue.store('a', async () => 5)).toBe(5);
  });

  test('[F11] counts bytes while they arrive', () => {
    const queue = ingestQueue({ storingMax: 1, waitingPerTenantMax: 2, heldBytesMax: 100, heldBytesPerTenantMax: 100 });
    queue.hold('a', 60);
    expect(() => queue.hold('b', 41)).toThrow(/Too much is arriving/);
    queue.letGo('a', 60);
    queue.hold('a', 100);
  });

  test('[F11] keeps room for others: one tenant cannot hold all of the memory', () => {
    const queue = ingestQueue({ storingMax: 1, waitingPerTenantMax: 2, heldBytesMax: 100, heldBytesPerTenantMax: 60 });
    queue.hold('slow', 60);
    expect(() => queue.hold('slow', 1)).toThrow(/more at once than fits/);
    queue.hold('good', 40);
    queue.letGo('slow', 60);
    queue.hold('slow', 60);
  });

  test('lets a body go on of which a part is stored, however many wait', async () => {
    const queue = ingestQueue({ storingMax: 1, waitingPerTenantMax: 1, heldBytesMax: 100, heldBytesPerTenantMax: 100 });
    const first = batch();
    const taken = [queue.store('a', first.run), queue.store('a', async () => 1)];
    await expect(queue.store('a', async () => 2)).rejects.toMatchObject({ code: 'rate_limited' });
    taken.push(queue.store('a', async () => 3, true));
    first.end();
    expect(await Promise.all(taken)).toEqual([undefined, 1, 3]);
  });
});
