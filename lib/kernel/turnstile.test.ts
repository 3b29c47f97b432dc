import { expect, test } from 'vitest';
import { turnstile } from '#lib/kernel/turnstile.ts';

test('lets so many in at once, serves the others in turn, and sends away whoever finds the queue full', async () => {
  const gate = turnstile(2, 3);
  let inside = 0;
  let most = 0;
  const order: number[] = [];
  const work = (number: number) => async () => {
    inside += 1;
    most = Math.max(most, inside);
    order.push(number);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    if (number === 1) throw new Error('one fails');
  };
  const outcomes = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((number) => gate.pass(work(number))));
  expect(most).toBe(2);
  expect(order).toEqual([0, 1, 2, 3, 4]);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
  ]);
  expect(outcomes[5]).toMatchObject({ reason: { code: 'unavailable' } });
  await gate.pass(work(6));
});
