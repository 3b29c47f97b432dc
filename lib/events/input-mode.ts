import { openBracket, trimBlank } from '#lib/events/json-bytes.ts';
import { recordLimits } from '#lib/events/raw-record.ts';

/** How records stand in an input: one a line, or as JSON values one behind the other or in an array; `undecided` until enough came. */
export type InputMode = 'undecided' | 'lines' | 'values';

/** An array is values; else a whole JSON value on one of the first three lines means one a line. */
export function decideMode(head: Buffer, atEnd: boolean): InputMode {
  const trimmed = trimBlank(head);
  if (trimmed.length === 0) return atEnd ? 'lines' : 'undecided';
  if (trimmed[0] === openBracket) return 'values';
  const enough = atEnd || head.length > recordLimits.recordBytesMax;
  const pieces = trimmed.toString('utf8').split('\n');
  const complete = enough ? pieces : pieces.slice(0, -1);
  if (complete.slice(0, 3).some(isJsonObject)) return 'lines';
  return complete.length >= 3 || enough ? 'values' : 'undecided';
}

function isJsonObject(line: string): boolean {
  if (!line.trim().startsWith('{')) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
