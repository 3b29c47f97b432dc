import { describe, expect, it } from 'vitest';
import { readRecord } from '#lib/events/read-record.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { findProvider } from '#lib/providers/registry.ts';

function idsOf(kind: string, ...records: string[]) {
  const definition = findProvider(kind);
  if (!definition) throw new Error(kind);
  return splitRecords(Buffer.from(records.join('\n'))).map((record) => {
    const read = readRecord(record, definition);
    return read.ok ? read.sourceEventId : read.code;
  });
}

describe('numbers no double holds', () => {
  const oneLogin = (id: string) => `{"event_type_id":5,"id":${id},"user_id":1,"created_at":"2026-03-02T09:15:30Z"}`;

  it('two ids that differ in their last digit alone are two events', () => {
    const ids = ['12345678901234567890', '12345678901234567891', '-9007199254740993'];
    expect(idsOf('onelogin', ...ids.map(oneLogin))).toEqual(ids);
  });

  it('so are two records without an id that differ there alone', () => {
    const record = (n: string) => `{"class_uid":3002,"activity_id":1,"time":1772442930000,"user":{"uid":"u"},"n":${n}}`;
    const [first, second, again] = idsOf(
      'ocsf',
      record('12345678901234567890'),
      record('12345678901234567891'),
      record(' 12345678901234567890'),
    );
    expect(first).not.toBe(second);
    expect(again).toBe(first);
  });

  it('leaves other numbers and long digits in texts as they are', () => {
    expect(
      idsOf('onelogin', oneLogin('7'), oneLogin('-0'), oneLogin('"90020211201185132572079310688835925971"')),
    ).toEqual(['7', '0', '90020211201185132572079310688835925971']);
    // A time in nanoseconds is one of these.
    const nano = '{"class_uid":3002,"activity_id":1,"time":1772442930123456789,"metadata":{"uid":"n"}}';
    const definition = findProvider('ocsf');
    const read = definition && readRecord({ raw: Buffer.from(nano), problem: null }, definition);
    expect(read?.ok && read.event.occurredAt.toISOString()).toBe('2026-03-02T09:15:30.123Z');
  });
});

describe('records in a row', () => {
  it('passes over byte order marks before and between them', () => {
    const mark = '\uFEFF';
    for (const text of [
      `${mark}{"a":1}\n${mark}{"b":2}`,
      `${mark}[\n {"a":1},\n ${mark}{"b":2}\n]`,
      `${mark}${mark}{"a":1}\n \n{"b":2}`,
    ])
      expect(splitRecords(Buffer.from(text)).map(({ raw }) => raw.toString())).toEqual(['{"a":1}', '{"b":2}']);
    expect(splitRecords(Buffer.from(mark))).toEqual([]);
  });

  it('says of lines that end with CR alone why they are one record; with CRLF they are records', () => {
    const definition = findProvider('ocsf');
    const [one, ...more] = splitRecords(Buffer.from('{"a":1}\r{"b":2}\r{"c":3}\r'), true);
    expect(more).toEqual([]);
    const read = one && definition && readRecord(one, definition);
    expect(read).toMatchObject({ ok: false, code: 'bad_json', message: expect.stringMatching(/CR alone.*LF/) });
    expect(splitRecords(Buffer.from('{"a":1}\r\n{"b":2}\r\n'), true)).toHaveLength(2);
    const other = definition && readRecord({ raw: Buffer.from('{"a":1}{"b":2}'), problem: null }, definition);
    expect(other?.ok === false && other.message).not.toContain('CR');
  });

  it('reads a JSON text sequence (RFC 7464)', () => {
    const split = splitRecords(Buffer.from('\x1e{"event_type_id":5}\n\x1e{"event_type_id":6}\n'), true);
    expect(split.map(({ raw }) => raw.toString())).toEqual(['{"event_type_id":5}', '{"event_type_id":6}']);
  });
});
