import { isUtf8 } from 'node:buffer';
import { nestingDepth, type RawRecord, recordLimits } from '#lib/events/raw-record.ts';
import type { JsonObject, JsonValue } from '#lib/model/event.ts';
import type { ProviderDefinition, Unfolding } from '#lib/providers/definition.ts';

/**
 * Takes deliveries of several records apart, in order; everything else passes as it came. What cannot be read stays whole, so that
 * it is quarantined as it came. The parts keep the digits of numbers no double holds; spacing and escapes may differ. Never throws.
 */
export function unfoldRecords(records: RawRecord[], { unfold }: Pick<ProviderDefinition, 'unfold'>): RawRecord[] {
  return unfold ? records.flatMap((record) => takeApart(record, unfold)) : records;
}

function takeApart(record: RawRecord, unfold: Unfolding): RawRecord[] {
  const mayHold = unfold.signs.some((sign) => record.raw.includes(sign));
  if (!mayHold || record.problem || nestingDepth(record.raw) > recordLimits.depthMax) return [record];
  try {
    const whole = record.raw.toString('utf8');
    const delivery = longNumber.test(whole) ? JSON.parse(whole, exactNumber) : JSON.parse(whole);
    const parts = unfold.split(delivery as JsonObject);
    if (!parts || parts.length === 0) return [record];
    const isDamaged = !isUtf8(record.raw);
    return parts.map((part: JsonValue) => {
      const text = JSON.stringify(part);
      const problem = isDamaged && text.includes('\uFFFD') ? damaged : null;
      return { raw: Buffer.from(text), problem };
    });
  } catch {
    return [record];
  }
}

const damaged = { code: 'bad_utf8', message: 'The record is not valid UTF-8.' };

/** A number that may be more exact than a double, outside of texts. A reviver costs ten times the parsing, so it is not there for others. */
const longNumber = /[:,[]\s*-?\d[\d.]{14}/;

type RawJson = { rawJSON?: (text: string) => unknown };

/** A reviver that keeps a number no double can hold in the digits it was written with. */
function exactNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  return (JSON as RawJson).rawJSON?.(source) ?? value;
}
