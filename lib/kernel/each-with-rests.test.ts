import { expect, test } from 'vitest';
import { eachWithRests } from '#lib/kernel/each-with-rests.ts';

test('others get their turn after what takes long, and only then', async () => {
  let turns = 0;
  let going = true;
  const others = () => {
    turns += 1;
    if (going) setImmediate(others);
  };
  setImmediate(others);
  const seen: number[] = [];
  const busy = (ms: number) => {
    const until = performance.now() + ms;
    while (performance.now() < until);
    seen.push(turns);
  };
  await eachWithRests([0, 0, 0, 0], busy);
  expect(seen.splice(0)).toEqual([0, 0, 0, 0]);
  await eachWithRests([12, 12, 12], busy);
  going = false;
  expect(seen[2]).toBeGreaterThan(seen[1] ?? 0);
  expect(seen[1]).toBeGreaterThan(seen[0] ?? 0);
});
