/** One record as it came: its bytes, or the reason why it cannot be read as one. */
export type RawRecord = { raw: Buffer; problem: { code: string; message: string } | null };

/** Bounds that keep memory flat whatever arrives. Bytes and levels. */
export const recordLimits = { recordBytesMax: 512 * 1024, depthMax: 64 };

type Mode = 'undecided' | 'lines' | 'values';
const [openBrace, closeBrace, openBracket, closeBracket, quote, backslash, comma, newline] = [
  ...Buffer.from('{}[]"\\,\n'),
] as [number, number, number, number, number, number, number, number];

/**
 * Splits a stream of bytes into JSON records without parsing them: one object, an array of them, or one a line (NDJSON).
 * A broken record is handed out as a problem and never swallows the good one behind it. Memory stays within one record.
 */
export class RecordSplitter {
  #mode: Mode;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #dropped = 0;
  #depth = 0;
  #deepest = 0;
  #inString = false;
  #escaped = false;
  #inArray = false;
  #head = Buffer.alloc(0);

  /** @param lines true when the sender says NDJSON; otherwise the first lines decide */
  constructor(lines = false) {
    this.#mode = lines ? 'lines' : 'undecided';
  }

  /** Takes the next bytes and returns the records they complete. */
  push(chunk: Buffer): RawRecord[] {
    if (this.#mode !== 'undecided') return this.#split(chunk);
    this.#head = Buffer.concat([this.#head, chunk]);
    this.#mode = decideMode(this.#head, false);
    if (this.#mode === 'undecided') return [];
    const head = this.#head;
    this.#head = Buffer.alloc(0);
    return this.#split(head);
  }

  /** Ends the input and returns what was left, a cut-off record included. */
  end(): RawRecord[] {
    const records: RawRecord[] = [];
    if (this.#mode === 'undecided') {
      this.#mode = decideMode(this.#head, true);
      records.push(...this.#split(this.#head));
    }
    const rest = this.#take();
    if (rest) records.push(this.#depth > 0 || this.#inString ? cutOff(rest) : rest);
    return records;
  }

  #split(chunk: Buffer): RawRecord[] {
    return this.#mode === 'lines' ? this.#splitLines(chunk) : this.#splitValues(chunk);
  }

  #splitLines(chunk: Buffer): RawRecord[] {
    const records: RawRecord[] = [];
    let from = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
      // Nearly every line lies whole in one chunk and is handed out as a view of it.
      const record = this.#pendingBytes === 0 ? wholeLine(chunk.subarray(from, at)) : this.#finishLine(chunk, from, at);
      if (record) records.push(record);
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
    return records;
  }

  #finishLine(chunk: Buffer, from: number, until: number): RawRecord | null {
    this.#keep(chunk.subarray(from, until));
    return this.#take();
  }

  #splitValues(chunk: Buffer): RawRecord[] {
    const records: RawRecord[] = [];
    let from = 0;
    const finish = (until: number) => {
      this.#keep(chunk.subarray(from, until));
      const record = this.#take();
      if (record) records.push(record);
    };
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] as number;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === backslash) this.#escaped = true;
        else if (byte === quote) this.#inString = false;
        continue;
      }
      if (byte === quote) this.#inString = true;
      else if (byte === openBracket && this.#depth === 0 && !this.#inArray) {
        finish(at);
        this.#inArray = true;
        from = at + 1;
      } else if (byte === openBrace || byte === openBracket) {
        if (this.#depth === 0 && byte === openBrace) {
          finish(at);
          from = at;
        }
        this.#depth += 1;
        this.#deepest = Math.max(this.#deepest, this.#depth);
      } else if (byte === closeBracket && this.#depth === 0) {
        finish(at);
        this.#inArray = false;
        from = at + 1;
      } else if (byte === closeBrace || byte === closeBracket) {
        this.#depth = Math.max(0, this.#depth - 1);
        if (this.#depth === 0) {
          finish(at + 1);
          from = at + 1;
        }
      } else if (byte === comma && this.#depth === 0) {
        finish(at);
        from = at + 1;
      }
    }
    this.#keep(chunk.subarray(from));
    return records;
  }

  #keep(bytes: Buffer): void {
    const room = recordLimits.recordBytesMax + 1 - this.#pendingBytes;
    const kept = bytes.subarray(0, Math.max(0, room));
    if (kept.length > 0) this.#pending.push(Buffer.from(kept));
    this.#pendingBytes += kept.length;
    this.#dropped += bytes.length - kept.length;
  }

  #take(): RawRecord | null {
    const raw = trimBlank(Buffer.concat(this.#pending));
    const bytes = this.#pendingBytes + this.#dropped;
    const deepest = this.#deepest;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#dropped = 0;
    this.#deepest = this.#depth;
    if (raw.length === 0) return null;
    if (bytes > recordLimits.recordBytesMax) return tooLarge(raw, bytes);
    if (deepest > recordLimits.depthMax) return tooDeep(raw);
    return { raw, problem: null };
  }
}

/** Splits bytes that are all there. */
export function splitRecords(bytes: Buffer, lines = false): RawRecord[] {
  const splitter = new RecordSplitter(lines);
  return [...splitter.push(bytes), ...splitter.end()];
}

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

export function tooDeep(raw: Buffer): RawRecord {
  return {
    raw,
    problem: { code: 'too_deep', message: `The record nests deeper than ${recordLimits.depthMax} levels.` },
  };
}

function tooLarge(raw: Buffer, bytes: number): RawRecord {
  const message = `The record has ${bytes} bytes; at most ${recordLimits.recordBytesMax} are read. Its beginning is kept.`;
  return { raw, problem: { code: 'too_large', message } };
}

function wholeLine(line: Buffer): RawRecord | null {
  const raw = trimBlank(line);
  if (raw.length === 0) return null;
  return line.length > recordLimits.recordBytesMax
    ? tooLarge(raw.subarray(0, recordLimits.recordBytesMax + 1), line.length)
    : { raw, problem: null };
}

function cutOff(record: RawRecord): RawRecord {
  return {
    raw: record.raw,
    problem: record.problem ?? { code: 'cut_off', message: 'The input ends in the middle of this record.' },
  };
}

/** An array is values; else a whole JSON value on one of the first three lines means one a line. */
function decideMode(head: Buffer, atEnd: boolean): Mode {
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

function trimBlank(bytes: Buffer): Buffer {
  let from = 0;
  let until = bytes.length;
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) from = 3;
  while (from < until && isBlank(bytes[from])) from += 1;
  while (until > from && isBlank(bytes[until - 1])) until -= 1;
  return bytes.subarray(from, until);
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
