import { expect, test } from 'vitest';
import { csvLine } from '#lib/kernel/csv.ts';

test.each([
  ['=1+1', `"'=1+1"`],
  ['+cmd|calc', `"'+cmd|calc"`],
  ['-2', `"'-2"`],
  ['@SUM(A1)', `"'@SUM(A1)"`],
  ['\t=1', `"'\t=1"`],
  ['\r=1', `"'\r=1"`],
  ['\0=1', `"'\uFFFD=1"`],
  [' =1', `"' =1"`],
  ['＝1', `"'＝1"`],
  ['a"b', '"a""b"'],
  ['a,b\nc', '"a,b\nc"'],
  ['person@example.org', '"person@example.org"'],
  [-73.5, '-73.5'],
  [null, ''],
  [['=1', 'b'], '"[""=1"",""b""]"'],
])('%j cannot run in a spreadsheet nor break out of its field', (value, field) => {
  expect(csvLine([value, 'x'])).toBe(`${field},"x"\r\n`);
});
