import { afterEach, describe, expect, test, vi } from 'vitest';
import { fairQueue } from '#lib/kernel/fair-queue.ts';

/** Work that ends when it is told to. */
function held() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { run: () => ended, end };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

afterEach(() => {
  vi.useRealTimers();
});

describe('a fair queue', () => {
  test('lets so many in at once, in order, and gives the place back of what failed', async () => {
    const queue = fairQueue({ atOnce: 2, waitingMax: 3 });
    let inside = 0;
    let most = 0;
    const order: number[] = [];
    const work = (number: number) => async () => {
      inside += 1;
      most = Math.max(most, inside);
      order.push(number);
      await settled();
      inside -= 1;
      if (number === 1) throw new Error('one fails');
    };
    const outcomes = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((number) => queue.pass('a', work(number))));
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, true, true, false]);
    expect(outcomes[5]).toMatchObject({ reason: { code: 'unavailable', retryAfterSeconds: 2 } });
    await queue.pass('a', work(6));
  });

  test('keeps a place that one party cannot take, however much it sends', async () => {
    const queue = fairQueue({ atOnce: 3, atOncePerParty: 2 });
    const begun: string[] = [];
    const flood = [held(), held(), held()];
    const all = flood.map(({ run }, at) =>
      queue.pass('flood', () => {
        begun.push(`flood ${at}`);
        return run();
      }),
    );
    await queue.pass('small', async () => void begun.push('small'));
    expect(begun).toEqual(['flood 0', 'flood 1', 'small']);
    for (const { end } of flood) end();
    await Promise.all(all);
    expect(begun).toEqual(['flood 0', 'flood 1', 'small', 'flood 2']);
  });

  test('shares what is used and not turns: who asks for little waits for nobody else that waits', async () => {
    const queue = fairQueue({ atOnce: 1 });
    const order: string[] = [];
    const first = held();
    const all = [queue.pass('flood 0', first.run, { cost: 1_000 })];
    // Ten parties that flood: by turns of one each, the small one would come eleventh.
    for (let at = 0; at < 30; at += 1) {
      const party = `flood ${at % 10}`;
      all.push(queue.pass(party, async () => void order.push(party), { cost: 1_000 }));
    }
    all.push(queue.pass('small', async () => void order.push('small'), { cost: 10 }));
    await settled();
    first.end();
    await Promise.all(all);
    expect(order[0]).toBe('small');
    expect(order).toHaveLength(31);
    // And those that flood are equals: each had one before any had its second, save the one that had begun.
    expect(new Set(order.slice(1, 10)).size).toBe(9);
  });

  test('a heavy piece is passed by a bounded amount of light ones', async () => {
    const queue = fairQueue({ atOnce: 1 });
    const order: string[] = [];
    const first = held();
    const begun = queue.pass('light', first.run);
    const heavy = queue.pass('heavy', async () => void order.push('heavy'), { cost: 20 });
    const light: Promise<void>[] = [];
    // It sends the next one as soon as one is done, so there is always one that waits.
    const send = async (): Promise<void> => {
      for (let at = 0; at < 100; at += 1) await queue.pass('light', async () => void order.push('light'));
    };
    light.push(send(), send());
    await settled();
    first.end();
    await Promise.all([begun, heavy, ...light]);
    expect(order.indexOf('heavy')).toBeGreaterThan(5);
    expect(order.indexOf('heavy')).toBeLessThanOrEqual(21);
  });

  test('a party with its share waiting is asked to come again, nobody else; what has to wait waits', async () => {
    const queue = fairQueue({ atOnce: 1, waitingPerPartyMax: 2 });
    const first = held();
    const taken = [queue.pass('a', first.run), queue.pass('a', async () => 1), queue.pass('a', async () => 2)];
    await expect(queue.pass('a', async () => 3)).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 1 });
    taken.push(queue.pass('a', async () => 4, { always: true }));
    taken.push(queue.pass('b', async () => 5));
    first.end();
    expect(await Promise.all(taken)).toEqual([undefined, 1, 2, 4, 5]);
  });

  test('whoever waits too long is sent away, and is not called later', async () => {
    vi.useFakeTimers();
    const queue = fairQueue({ atOnce: 1, waitMsMax: 2_000 });
    const first = held();
    const begun = queue.pass('a', first.run);
    let called = false;
    const late = queue.pass('b', async () => {
      called = true;
    });
    const refused = expect(late).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 2 });
    await vi.advanceTimersByTimeAsync(2_000);
    await refused;
    const next = queue.pass('b', async () => 'next');
    first.end();
    await begun;
    expect(await next).toBe('next');
    expect(called).toBe(false);
  });
});
