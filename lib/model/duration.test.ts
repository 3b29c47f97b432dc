import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationWords, exactDuration, secondsOf } from '#lib/model/duration.ts';

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

test('what is written to the second is read to the second', () =>
  fc.assert(
    fc.property(fc.nat(), (seconds) => {
      expect(secondsOf(exactDuration(seconds))).toBe(seconds);
    }),
  ));

test.each([
  ['1d', 86_400],
  [' 1 h 30 MIN ', 5_400],
  ['90', null],
  ['', null],
  ['1 week', null],
  ['-1 d', null],
  ['1.5 h', null],
])('"%s" is %s', (words, seconds) => expect(secondsOf(words)).toBe(seconds));
