import {
  backslash,
  closeBrace,
  closeBracket,
  openBrace,
  openBracket,
  quote,
  trimBlank,
} from '#lib/events/json-bytes.ts';

/** One record as it came: its bytes, or the reason why it cannot be read as one. */
export type RawRecord = { raw: Buffer; problem: { code: string; message: string } | null };

/** Bounds that keep memory flat whatever arrives. Bytes and levels. */
export const recordLimits = { recordBytesMax: 512 * 1024, depthMax: 64 };

/** The deepest nesting of a record's brackets, strings left out; known before any recursive parser sees it. */
export function nestingDepth(raw: Buffer): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < raw.length; at += 1) {
    const byte = raw[at];
    if (inString) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === openBrace || byte === openBracket) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (byte === closeBrace || byte === closeBracket) depth -= 1;
  }
  return deepest;
}

/** A record that no recursive parser is to see. */
export function tooDeep(raw: Buffer): RawRecord {
  return {
    raw,
    problem: { code: 'too_deep', message: `The record nests deeper than ${recordLimits.depthMax} levels.` },
  };
}

/** A record larger than one may be, of which `raw` is the beginning. */
export function tooLarge(raw: Buffer, bytes: number): RawRecord {
  const message = `The record has ${bytes} bytes; at most ${recordLimits.recordBytesMax} are read. Its beginning is kept.`;
  return { raw, problem: { code: 'too_large', message } };
}

/** A line as a record; `null` for a blank one. */
export function wholeLine(line: Buffer): RawRecord | null {
  const raw = trimBlank(line);
  if (raw.length === 0) return null;
  return line.length > recordLimits.recordBytesMax
    ? tooLarge(raw.subarray(0, recordLimits.recordBytesMax + 1), line.length)
    : { raw, problem: null };
}

/** A record whose end never came. */
export function cutOff(record: RawRecord): RawRecord {
  return {
    raw: record.raw,
    problem: record.problem ?? { code: 'cut_off', message: 'The input ends in the middle of this record.' },
  };
}
