import { describe, expect, it } from 'vitest';
import { recordLimits } from '#lib/events/raw-record.ts';
import { RecordSplitter, splitRecords } from '#lib/events/split-records.ts';

const lists = ['events', 'items', 'records'];
const filler = 'x'.repeat(4_000);
const record = (n: number) => ({ id: n, text: `}]"${filler}`, events: [{ n }] });
const many = Array.from({ length: 200 }, (_, n) => record(n));
const asLines = many.map((each) => JSON.stringify(each));

/** Deliveries of 200 records, each of them far larger than a record may be. */
const deliveries: readonly [string, string][] = [
  ['a list at the top', JSON.stringify({ kind: 'page', items: many, next: { items: [1] } })],
  ['a list one level down', JSON.stringify({ stat: 'OK', data: { events: many, total: [200] }, more: '}' })],
  ['a list spread over lines', JSON.stringify({ records: many }, null, 2)],
];

const texts = (raw: readonly { raw: Buffer; problem: unknown }[]) =>
  raw.map((each) => (each.problem ? 'problem' : JSON.stringify(JSON.parse(each.raw.toString('utf8')))));

function inPieces(text: string, size: number, lines = false) {
  const splitter = new RecordSplitter(lines, lists);
  const bytes = Buffer.from(text);
  const records = [];
  for (let at = 0; at < bytes.length; at += size) records.push(...splitter.push(bytes.subarray(at, at + size)));
  return [...records, ...splitter.end()];
}

describe('a delivery larger than a record may be', () => {
  it.each(deliveries)('is read as its records: %s', (_name, delivery) => {
    expect(delivery.length).toBeGreaterThan(recordLimits.recordBytesMax);
    expect(texts(splitRecords(Buffer.from(delivery), false, lists))).toEqual(asLines);
    for (const size of [1_000, 65_536, 700_000]) expect(texts(inPieces(delivery, size))).toEqual(asLines);
  });

  it('is read so in an array, among others, and line by line', () => {
    const [, page] = deliveries[0] ?? ['', ''];
    const small = '{"id":"small"}';
    const expected = [small, ...asLines, small, ...asLines];
    const array = `[${small},${page},${small},${page}]`;
    const ndjson = `${small}\n${page}\n${small}\n${page}\n`;
    for (const size of [1_000, 65_536, 5_000_000]) {
      expect(texts(inPieces(array, size))).toEqual(expected);
      expect(texts(inPieces(ndjson, size, true))).toEqual(expected);
      expect(texts(inPieces(ndjson, size))).toEqual(expected);
    }
  });

  it('is left whole when it is small, and is too large as before without such a list', () => {
    const small = JSON.stringify({ items: many.slice(0, 3) });
    expect(splitRecords(Buffer.from(small), false, lists).map(({ raw }) => raw.toString())).toEqual([small]);
    for (const lines of [true, false]) {
      const [only, ...more] = splitRecords(Buffer.from(JSON.stringify({ others: many })), lines, lists);
      expect(only?.problem?.code).toBe('too_large');
      expect(more).toEqual([]);
      expect(splitRecords(Buffer.from(deliveries[0]?.[1] ?? ''), lines).map(({ problem }) => problem?.code)).toEqual([
        'too_large',
      ]);
    }
  });

  it('hands out a record of its list that is too large itself, and goes on behind it', () => {
    const huge = { id: 'huge', text: 'y'.repeat(recordLimits.recordBytesMax), items: [1, 2] };
    const delivery = JSON.stringify({ items: [record(1), huge, record(2)] });
    for (const size of [1_000, 65_536, 5_000_000])
      expect(texts(inPieces(delivery, size))).toEqual([asLines[1], 'problem', asLines[2]]);
  });

  it('says so when it breaks off', () => {
    const cut = (deliveries[0]?.[1] ?? '').slice(0, 700_000);
    const read = inPieces(cut, 65_536);
    expect(read.at(-1)?.problem?.code).toBe('cut_off');
    expect(read.slice(0, -1).every(({ problem }) => problem === null)).toBe(true);
  });
});
