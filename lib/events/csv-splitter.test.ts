import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvSplitter } from '#lib/events/csv-splitter.ts';

function split(text: string | Buffer, pieces = 1_000_000) {
  const splitter = new CsvSplitter();
  const bytes = Buffer.from(text);
  const records = [];
  for (let at = 0; at < bytes.length; at += pieces) records.push(...splitter.push(bytes.subarray(at, at + pieces)));
  return [...records, ...splitter.end()];
}
const objects = (text: string, pieces?: number) => split(text, pieces).map(({ raw }) => JSON.parse(raw.toString()));

describe('CSV with a heading', () => {
  it('reads quotes, line breaks in cells, a byte order mark and both kinds of line end, in any pieces', () => {
    const text = '\uFEFFId,Status,Note\r\n1,"{""errorCode"":0}","two\nlines"\r\n2,,"a, b"\n';
    const expected = [
      { Id: '1', Status: '{"errorCode":0}', Note: 'two\nlines' },
      { Id: '2', Status: '', Note: 'a, b' },
    ];
    for (const pieces of [1, 2, 3, 7, 1000]) expect(objects(text, pieces)).toEqual(expected);
  });

  it('says which row does not fit and goes on with the next', () => {
    const records = split('a,b\n1\n3,4\n');
    expect(records.map(({ problem }) => problem?.code ?? null)).toEqual(['bad_row', null]);
  });

  it('keeps no more of an endless row than it may', () => {
    const records = split(`a,b\n"${'x'.repeat(3_000_000)}",1\n2,3\n`, 65_536);
    expect(records.map(({ problem }) => problem?.code ?? null)).toEqual(['too_large', null]);
    expect(records[0]?.raw.length).toBeLessThan(5_000);
  });

  it('gives back whatever was written by the rules', () => {
    const cell = fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed().replaceAll('\0', ''));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        (rows, pieces) => {
          const written = (text: string) => `"${text.replaceAll('"', '""')}"`;
          const filled = rows.filter(([first, second]) => first !== '' || second !== '');
          const text = ['"a","b"', ...filled.map(([first, second]) => `${written(first)},${written(second)}`)].join(
            '\n',
          );
          const trimmed = (value: string) => value.replace(/\r$/, '');
          expect(objects(text, pieces)).toEqual(filled.map(([a, b]) => ({ a: trimmed(a), b: trimmed(b) })));
        },
      ),
      { numRuns: 200 },
    );
  });
});
