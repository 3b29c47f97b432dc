import { nestingDepth, type RawRecord, recordLimits } from '#lib/events/split-records.ts';
import type { JsonObject } from '#lib/model/event.ts';
import type { ProviderDefinition } from '#lib/providers/definition.ts';

/**
 * Takes deliveries of several records apart, in order; everything else passes as it came. What cannot be read stays whole, so that
 * it is quarantined as it came. The parts keep every number as it was written; spacing and escapes may differ. Never throws.
 */
export function unfoldRecords(records: RawRecord[], definition: ProviderDefinition): RawRecord[] {
  const { unfold } = definition;
  if (!unfold) return records;
  return records.flatMap((record) => {
    const mayHold = unfold.signs.some((sign) => record.raw.includes(sign));
    if (!mayHold || record.problem || nestingDepth(record.raw) > recordLimits.depthMax) return [record];
    try {
      const parts = unfold.split(JSON.parse(record.raw.toString('utf8'), exactNumber) as JsonObject);
      if (!parts || parts.length === 0) return [record];
      return parts.map((part) => ({ raw: Buffer.from(JSON.stringify(part)), problem: null }));
    } catch {
      return [record];
    }
  });
}

type RawJson = { rawJSON?: (text: string) => unknown };

/** A reviver that keeps a number no double can hold in the digits it was written with. */
function exactNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  return (JSON as RawJson).rawJSON?.(source) ?? value;
}
