import { describe, expect, test } from 'vitest';
import { ingestQueue } from '#lib/events/ingest-queue.ts';

const queueOf = (heldBytesMax: number) => ingestQueue({ atOnce: 1, heldBytesMax });

/** Takes byte after byte until it is refused. */
function fill(queue: ReturnType<typeof ingestQueue>, tenantId: string): number {
  for (let bytes = 0; ; bytes += 1) {
    try {
      queue.hold(tenantId, 1);
    } catch {
      return bytes;
    }
  }
}

describe('[F11] [F12] the memory of the ingest door', () => {
  test('is counted while bytes arrive, and two thirds of it are for one alone', () => {
    const queue = queueOf(99);
    expect(fill(queue, 'a')).toBe(66);
    expect(() => queue.hold('a', 1)).toThrow(/more at once than fits/);
    expect(() => queue.hold('b', 34)).toThrow(/Too much is arriving/);
    queue.letGo('a', 66);
    expect(fill(queue, 'a')).toBe(66);
  });

  test.each([1, 2, 5, 20])('with %i that flood there is some left for the next who comes', (floods) => {
    const queue = queueOf(96_000_000 / 1_000);
    // They come a little at a time, all of them, as bodies do.
    const blocked = new Set<number>();
    for (let at = 0; blocked.size < floods; at = (at + 1) % floods) {
      try {
        queue.hold(`flood ${at}`, 10);
      } catch {
        blocked.add(at);
      }
    }
    queue.hold('small', 1_000);
    queue.letGo('small', 1_000);
    // Nobody who floods has more than another.
    expect(() => queue.hold('flood 0', 10)).toThrow(/more at once than fits/);
  });

  test('what was refused is not counted', () => {
    const queue = queueOf(99);
    expect(() => queue.hold('a', 100)).toThrow(/Too much is arriving/);
    expect(() => queue.hold('a', 67)).toThrow(/more at once than fits/);
    expect(fill(queue, 'a')).toBe(66);
  });
});
