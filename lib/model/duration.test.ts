import { expect, test } from 'vitest';
import { durationWords } from '#lib/model/duration.ts';

test.each([
  [0, '0 s'],
  [-5, '0 s'],
  [59.6, '1 min'],
  [61, '1 min 1 s'],
  [3_600, '1 h'],
  [3_601, '1 h'],
  [86_400 + 7_200 + 59, '1 d 2 h'],
  [86_400 + 59, '1 d'],
])('%d s is %s', (seconds, words) => expect(durationWords(seconds)).toBe(words));
