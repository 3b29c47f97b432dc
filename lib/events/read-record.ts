import canonicalize from 'canonicalize';
import { nestingDepth, type RawRecord, recordLimits } from '#lib/events/raw-record.ts';
import { sha256 } from '#lib/kernel/ids.ts';
import type { JsonObject, MappedEvent, TimeQuality } from '#lib/model/event.ts';
import { type ProviderDefinition, RecordRejected } from '#lib/providers/definition.ts';

export type ReadRecord =
  | { ok: true; raw: Buffer; digest: Buffer; sourceEventId: string; event: MappedEvent }
  | { ok: false; raw: Buffer; digest: Buffer; code: string; message: string };

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads one raw record by a provider's mapping. Never throws: what cannot be read says why. Pure. */
export function readRecord(record: RawRecord, provider: ProviderDefinition): ReadRecord {
  const { raw } = record;
  const reject = (code: string, message: string): ReadRecord => ({
    ok: false,
    raw,
    digest: sha256(raw),
    code,
    message: clean(message),
  });
  if (record.problem) return reject(record.problem.code, `${record.problem.message}${lineEndsOf(raw)}`);
  if (nestingDepth(raw) > recordLimits.depthMax)
    return reject('too_deep', `The record nests deeper than ${recordLimits.depthMax} levels.`);
  let text: string;
  try {
    text = strictUtf8.decode(raw);
  } catch {
    return reject('bad_utf8', 'The record is not valid UTF-8.');
  }
  let parsed: unknown;
  try {
    parsed = parseExactly(text);
  } catch (error) {
    return reject(
      'bad_json',
      `The record is not valid JSON: ${error instanceof Error ? error.message.slice(0, 160) : 'unreadable'}${lineEndsOf(raw)}`,
    );
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    return reject('not_an_object', 'A record is a JSON object; this is another JSON value.');
  }
  try {
    const event = provider.map(parsed as JsonObject);
    const sourceEventId = event.sourceEventId === null ? null : clean(event.sourceEventId).slice(0, 512);
    // A record without an id of its own is identified by its content, however it was spaced or ordered.
    const digest = sourceEventId === null ? sha256(canonicalOr(parsed, text)) : sha256(raw);
    return { ok: true, raw, digest, sourceEventId: sourceEventId ?? `sha256:${digest.toString('hex')}`, event };
  } catch (error) {
    if (error instanceof RecordRejected) return reject(error.code, error.message);
    return reject('mapping_failed', `The ${provider.name} mapping could not read this record.`);
  }
}

/** NDJSON ends its lines with LF. A file whose lines end with CR alone is one line, which nobody guesses from what the parser says. */
function lineEndsOf(raw: Buffer): string {
  return /\}[ \t]*\r[ \t\r]*\{/.test(raw.toString('latin1'))
    ? ' Its lines end with CR alone; in NDJSON they end with LF. Send it so, or as an array.'
    : '';
}

/** A whole number outside of strings that may be larger than a double holds exactly. */
const longInteger = /[:,[]\s*-?\d{16}/;

/**
 * Parses JSON; a whole number no double can hold becomes the text it was written with. Ids are such numbers: rounded, two different
 * ones would be the same event.
 */
function parseExactly(text: string): unknown {
  if (!longInteger.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key: string, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    return typeof value === 'number' && !Number.isSafeInteger(value) && source && /^-?\d+$/.test(source)
      ? source
      : value;
  });
}

/** The time the store files an event under, and how far the record's own time could be believed. */
export function judgeTime(claimed: Date, receivedAt: Date): { occurredAt: Date; quality: TimeQuality } {
  const ms = claimed.getTime();
  const ahead = ms - receivedAt.getTime();
  if (Number.isNaN(ms) || ms < Date.UTC(1990, 0, 1) || ahead > 86_400_000)
    return { occurredAt: receivedAt, quality: 'absurd' };
  if (ahead > 600_000) return { occurredAt: claimed, quality: 'future' };
  return { occurredAt: claimed, quality: ahead < -86_400_000 ? 'late' : 'ok' };
}

/** PostgreSQL text holds no NUL, and a lone surrogate is no character: both become U+FFFD. The raw bytes keep the truth. */
export function clean(text: string): string {
  return text.includes('\0') || !text.isWellFormed() ? text.replaceAll('\0', '\uFFFD').toWellFormed() : text;
}

function canonicalOr(parsed: object, text: string): string {
  try {
    return canonicalize(parsed) ?? text;
  } catch {
    return text;
  }
}
