import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvSplitter } from '#lib/events/csv-splitter.ts';
import { recordLimits } from '#lib/events/raw-record.ts';

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
    expect(records[0]?.raw.length).toBeLessThanOrEqual(recordLimits.recordBytesMax);
  });

  it('takes a quote in the middle of a cell for what it is, so that it swallows nothing', () => {
    for (const pieces of [1, 2, 1000])
      expect(objects('a,b\n1,12" screen\n2,the "best"\n3,x\n', pieces)).toEqual([
        { a: '1', b: '12" screen' },
        { a: '2', b: 'the "best"' },
        { a: '3', b: 'x' },
      ]);
    expect(objects('\uFEFF"a","b"\n"1","2"\n', 1)).toEqual([{ a: '1', b: '2' }]);
  });

  it('hands out what is no UTF-8 by itself, with its bytes as they came', () => {
    const bytes = Buffer.concat([Buffer.from('a,b\n1,'), Buffer.from([0xff, 0xc3]), Buffer.from('\n2,y\n')]);
    const [bad, good] = split(bytes);
    expect(bad).toEqual({
      raw: Buffer.from([0x31, 0x2c, 0xff, 0xc3]),
      problem: { code: 'bad_utf8', message: 'The row is not valid UTF-8.' },
    });
    expect(good?.raw.toString()).toBe('{"a":"2","b":"y"}');
  });

  it('never reads rows out of a cell that nobody closed', () => {
    const records = split('a,b\n1,2\n3,"text\n4,5\n6,7\n');
    expect(records.map(({ problem }) => problem?.code ?? null)).toEqual([null, 'cut_off']);
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
