import type { JsonValue } from '#lib/model/event.ts';
import { RecordRejected } from '#lib/providers/definition.ts';
import type { RecordReader } from '#lib/providers/record-reader.ts';

/** Times that other hands wrote beside a record, best first; the last ones only say when it was shipped. */
const otherTimes = [
  'p_event_time',
  'TimeGenerated',
  'time',
  'time_dt',
  'timestamp',
  '@timestamp',
  'published',
  'date',
  'createdDateTime',
  'activityDateTime',
  'eventTime',
  'event_time',
  'p_parse_time',
  '_time',
];
const dateMsMax = 8_640_000_000_000_000;

/**
 * The time of a record: the first of the provider's own time fields that can be read, else any other real time of the record.
 * `from` names the field when it is not the first. Absurd years come back as they are: the event store judges them.
 * @throws RecordRejected `missing_time` when there is no time at all, `bad_time` when none can be read; the message names the field.
 */
export function eventTime(
  reader: RecordReader,
  fields: [string, ...string[]],
  ...outer: RecordReader[]
): { at: Date; from: string | null } {
  let unreadable: string | null = null;
  for (const field of [...fields, ...otherTimes]) {
    for (const place of [reader, ...outer]) {
      const value = place.at(field);
      if (value === undefined || value === '') continue;
      const at = parseTime(value);
      if (at) return { at, from: field === fields[0] ? null : field };
      unreadable ??= field;
    }
  }
  if (unreadable !== null)
    throw new RecordRejected(
      'bad_time',
      `The field "${unreadable}" holds no time, and no other field of the record does.`,
    );
  throw new RecordRejected('missing_time', `The field "${fields[0]}" is missing, and the record has no other time.`);
}

/**
 * Reads RFC 3339 (also with an hour of one digit, as Microsoft writes it), `2022-03-22 14:21:53.225`, `2025-10-03 14:09:32.149000000`,
 * `4/28/2021, 2:08:45.221 PM`, epoch seconds, milliseconds, microseconds and nanoseconds. UTC where no zone is given. Beyond what a
 * Date can hold it is the furthest Date. `null`: not a time.
 */
export function parseTime(value: JsonValue | undefined): Date | null {
  if (typeof value === 'number') return fromEpoch(value);
  if (typeof value !== 'string') return null;
  // Some exports write `2021-07-20T11: 41: 31+00: 00`.
  const text = value.trim().replace(/(\d): (?=\d)/g, '$1:');
  if (/^-?\d{9,19}(\.\d+)?$/.test(text)) return fromEpoch(Number(text));
  const iso =
    /^([+-]?\d{4,6})-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/i.exec(
      text,
    );
  if (iso) {
    const [, year, month, day, hour, minute, second, fraction, zone] = iso;
    return build(
      [year, month, day, hour, minute, second].map((part) => Number(part ?? 0)),
      fraction,
      zone,
    );
  }
  const american =
    /^(\d{1,2})\/(\d{1,2})\/(\d{4}),? (\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?\s*(AM|PM)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i.exec(
      text,
    );
  if (!american) return null;
  const [, month, day, year, hour, minute, second, fraction, half, americanZone] = american;
  if (half && (Number(hour) < 1 || Number(hour) > 12)) return null;
  const hours = half ? (Number(hour) % 12) + (half.toUpperCase() === 'PM' ? 12 : 0) : Number(hour);
  return build(
    [Number(year), Number(month), Number(day), hours, Number(minute), Number(second)],
    fraction,
    americanZone,
  );
}

/** Below 10^11 it is seconds (until the year 5138), from there milliseconds, from 10^14 microseconds, from 10^17 nanoseconds (all since 1973). */
function fromEpoch(value: number): Date | null {
  if (!Number.isFinite(value)) return null;
  if (Math.abs(value) >= 100_000_000_000_000_000 && Math.abs(value) < 10_000_000_000_000_000_000)
    return clamped(Math.trunc(value / 1_000_000));
  if (Math.abs(value) >= 100_000_000_000_000 && Math.abs(value) < 10_000_000_000_000_000)
    return clamped(Math.trunc(value / 1000));
  return clamped(Math.abs(value) < 100_000_000_000 ? Math.round(value * 1000) : Math.trunc(value));
}

function build(parts: number[], fraction: string | undefined, zone: string | undefined): Date | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  if (days === undefined || day < 1 || day > days || hour > 23 || minute > 59 || second > 60) return null;
  // 400 years are a whole number of weeks and days, so far years are counted from one that Date.UTC takes as it is.
  const cycles = Math.floor((year - 2000) / 400);
  const base = Date.UTC(
    year - cycles * 400,
    month - 1,
    day,
    hour,
    minute,
    second,
    Number((fraction ?? '').padEnd(3, '0').slice(0, 3)),
  );
  return clamped(base + cycles * 146_097 * 86_400_000 - zoneMs(zone));
}

function zoneMs(zone: string | undefined): number {
  const offset = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone ?? '');
  if (!offset) return 0;
  const minutes = Number(offset[2]) * 60 + Number(offset[3] ?? 0);
  return (offset[1] === '-' ? -minutes : minutes) * 60_000;
}

function clamped(ms: number): Date {
  return new Date(Math.min(Math.max(ms, -dateMsMax), dateMsMax));
}
