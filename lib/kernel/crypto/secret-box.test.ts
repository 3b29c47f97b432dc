import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { openSecret, sealSecret } from '#lib/kernel/crypto/secret-box.ts';

const key = randomBytes(32);

test('[v5.0.0-V11.3.4] no two boxes share an IV, though secret, key and place are the same', () => {
  const ivs = new Set(Array.from({ length: 20_000 }, () => sealSecret(key, 'same', 'here').toString('hex', 1, 13)));
  expect(ivs.size).toBe(20_000);
});

test('[v5.0.0-V11.2.3] a key of fewer than 256 bits seals nothing', () => {
  for (const bytes of [8, 16, 24, 31]) expect(() => sealSecret(randomBytes(bytes), 'secret', 'here')).toThrow();
});

test('opens with its own key at its own place, unchanged, and else never', () => {
  const box = sealSecret(key, 'a secret', 'row 1');
  expect(openSecret(key, box, 'row 1')).toBe('a secret');
  expect(() => openSecret(key, box, 'row 2')).toThrow(/does not open/);
  expect(() => openSecret(randomBytes(32), box, 'row 1')).toThrow(/does not open/);
  for (let at = 0; at < box.length; at += 1) {
    const changed = Buffer.from(box);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => openSecret(key, changed, 'row 1')).toThrow();
  }
  expect(() => openSecret(key, box.subarray(0, 20), 'row 1')).toThrow(/unknown form/);
});
