import { expect, test } from 'vitest';
import { sharedThread } from '#lib/kernel/shared-thread.ts';

/** A thread whose clock goes as the work says, and whose rests are counted and written down. */
function madeThread(sliceMs: number) {
  const order: string[] = [];
  let ms = 0;
  const thread = sharedThread(
    sliceMs,
    () => ms,
    async () => void order.push('rest'),
  );
  const work = (name: string) => (cost: number) => {
    ms += cost;
    order.push(name);
  };
  return { thread, order, work };
}

test('what fits into one slice is done at once, without a rest', async () => {
  const { thread, order, work } = madeThread(4);
  const done = thread.each('a', [1, 1, 1], work('a'));
  expect(order).toEqual(['a', 'a', 'a']);
  await done;
  expect(order).not.toContain('rest');
});

test('others get their turn after each slice, and after one item that took longer', async () => {
  const { thread, order, work } = madeThread(4);
  await thread.each('a', [2, 2, 2, 9, 1], work('a'));
  expect(order).toEqual(['a', 'a', 'rest', 'a', 'a', 'rest', 'a']);
});

test("one party's lists come one after the other, those of another party by turns: a little waits for one slice of much", async () => {
  const { thread, order, work } = madeThread(4);
  const much = Array.from({ length: 10 }, () => 4);
  const all = [
    thread.each('flood', much, work('flood 1')),
    thread.each('flood', much, work('flood 2')),
    thread.each('flood', much, work('flood 3')),
  ];
  await thread.each('small', [1, 1], work('small'));
  // After the slice that was going on and one more.
  expect(order.filter((each) => each === 'small')).toHaveLength(2);
  const before = order.slice(0, order.lastIndexOf('small')).filter((each) => each.startsWith('flood'));
  expect(before.length).toBeLessThanOrEqual(2);
  await Promise.all(all);
  const floods = order.filter((each) => each.startsWith('flood'));
  expect(floods).toEqual([...floods].sort());
  expect(floods).toHaveLength(30);
});

test('what throws ends its own list and no other', async () => {
  const { thread, order, work } = madeThread(4);
  const bad = thread.each('a', [1, 2, 3], (item) => {
    if (item === 2) throw new Error('two');
    work('bad')(item);
  });
  const good = thread.each('a', [1, 2, 3], work('good'));
  await expect(bad).rejects.toThrow('two');
  await good;
  expect(order.filter((each) => each !== 'rest')).toEqual(['bad', 'good', 'good', 'good']);
  await thread.each('a', [], work('none'));
});
