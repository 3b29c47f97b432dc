import { decideMode, type InputMode } from '#lib/events/input-mode.ts';
import {
  backslash,
  closeBrace,
  closeBracket,
  comma,
  newline,
  openBrace,
  openBracket,
  quote,
  trimBlank,
} from '#lib/events/json-bytes.ts';
import { cutOff, type RawRecord, recordLimits, tooDeep, tooLarge, wholeLine } from '#lib/events/raw-record.ts';

/** A list of records stands at most so deep in its delivery, and its name is no longer than this. */
const [listDepthMax, nameBytesMax] = [2, 64];

/**
 * Splits a stream of bytes into JSON records without parsing them: one object, an array of them, or one a line (NDJSON).
 * A broken record is handed out as a problem and never swallows the good one behind it. Memory stays within one record: a delivery
 * that is larger than a record may be (a page of an API, a batch) is read as the records of the list it holds.
 */
export class RecordSplitter {
  #mode: InputMode;
  readonly #lists: readonly string[];
  /** Where the first such list of the record at hand begins, and how deep it stands. */
  #list: { from: number; depth: number } | null = null;
  /** Inside such a list: how many brackets of its delivery are still to close, and whether that stood in an array itself. */
  #delivery: { open: number; inArray: boolean } | null = null;
  /** Brackets left of a delivery whose list is over; what stands there is no record. */
  #skipping = 0;
  /** A line that is such a delivery. */
  #line: RecordSplitter | null = null;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #dropped = 0;
  #depth = 0;
  #deepest = 0;
  #inString = false;
  #escaped = false;
  #inArray = false;
  #head = Buffer.alloc(0);

  /**
   * @param lines true when the sender says NDJSON; otherwise the first lines decide
   * @param lists the names under which a delivery keeps its records
   */
  constructor(lines = false, lists: readonly string[] = []) {
    this.#mode = lines ? 'lines' : 'undecided';
    this.#lists = lists;
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
    if (this.#line) records.push(...this.#line.end());
    this.#line = null;
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
      const line = chunk.subarray(from, at);
      from = at + 1;
      if (this.#line || this.#isLarge(line)) {
        records.push(...this.#pushLine(line), ...(this.#line?.end() ?? []));
        this.#line = null;
        continue;
      }
      // Nearly every line lies whole in one chunk and is handed out as a view of it.
      const record = this.#pendingBytes === 0 ? wholeLine(line) : this.#finishLine(line);
      if (record) records.push(record);
    }
    const rest = chunk.subarray(from);
    if (this.#line || this.#isLarge(rest)) records.push(...this.#pushLine(rest));
    else this.#keep(rest);
    return records;
  }

  #finishLine(line: Buffer): RawRecord | null {
    this.#keep(line);
    return this.#take();
  }

  #isLarge(more: Buffer): boolean {
    if (this.#lists.length === 0 || this.#pendingBytes + more.length <= recordLimits.recordBytesMax) return false;
    return trimBlank(this.#pending[0] ?? more)[0] === openBrace;
  }

  /** A line that is no record by its size may be a delivery of many: it is read as a value of its own. */
  #pushLine(bytes: Buffer): RawRecord[] {
    if (this.#line) return this.#line.push(bytes);
    this.#line = new RecordSplitter(false, this.#lists);
    this.#line.#mode = 'values';
    const whole = Buffer.concat([...this.#pending, bytes]);
    this.#forget();
    return this.#line.push(whole);
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
      else if (this.#skipping > 0) {
        if (byte === openBrace || byte === openBracket) this.#skipping += 1;
        else if (byte === closeBrace || byte === closeBracket) this.#skipping -= 1;
        from = at + 1;
      } else if (byte === openBracket && this.#depth === 0 && !this.#inArray) {
        finish(at);
        this.#inArray = true;
        from = at + 1;
      } else if (byte === openBrace || byte === openBracket) {
        if (this.#depth === 0 && byte === openBrace) {
          finish(at);
          from = at;
        }
        if (byte === openBracket && !this.#list && this.#lists.length > 0 && this.#depth <= listDepthMax)
          this.#noteList(chunk, from, at);
        this.#depth += 1;
        this.#deepest = Math.max(this.#deepest, this.#depth);
      } else if (byte === closeBracket && this.#depth === 0) {
        finish(at);
        this.#endList();
        from = at + 1;
      } else if (byte === closeBrace || byte === closeBracket) {
        this.#depth = Math.max(0, this.#depth - 1);
        if (this.#depth === 0) {
          const inner = this.#openList(chunk.subarray(from, at + 1));
          if (inner) return [...records, ...this.#splitValues(Buffer.concat([inner, chunk.subarray(at + 1)]))];
          finish(at + 1);
          from = at + 1;
        }
      } else if (byte === comma && this.#depth === 0) {
        finish(at);
        from = at + 1;
      }
    }
    const rest = this.#skipping > 0 ? chunk.subarray(chunk.length) : chunk.subarray(from);
    const inner = this.#openList(rest);
    if (inner) return [...records, ...this.#splitValues(inner)];
    this.#keep(rest);
    return records;
  }

  /** Remembers where a list of records begins, if the bracket at `at` follows one of their names. */
  #noteList(chunk: Buffer, from: number, at: number): void {
    const here = chunk.subarray(Math.max(from, at - nameBytesMax), at);
    const before =
      here.length < nameBytesMax ? (this.#pending.at(-1) ?? Buffer.alloc(0)).subarray(-nameBytesMax) : null;
    const text = `${before?.toString('latin1') ?? ''}${here.toString('latin1')}`;
    const name = /"([^"\\]+)"\s*:\s*$/.exec(text)?.[1]?.toLowerCase();
    if (name === undefined || !this.#lists.includes(name)) return;
    this.#list = { from: this.#pendingBytes + at - from + 1, depth: this.#depth };
  }

  /**
   * Goes into the list of a record that is larger than one may be; returns the list's bytes so far, to be split in their turn.
   * `null` where the record is no larger, holds no such list, is itself of such a list, or its beginning is lost.
   */
  #openList(bytes: Buffer): Buffer | null {
    const list = this.#list;
    if (!list || this.#delivery || this.#dropped > 0) return null;
    if (this.#pendingBytes + bytes.length <= recordLimits.recordBytesMax) return null;
    const whole = Buffer.concat([...this.#pending, bytes]);
    this.#forget();
    this.#delivery = { open: list.depth, inArray: this.#inArray };
    this.#inArray = true;
    this.#inString = false;
    this.#escaped = false;
    this.#depth = 0;
    return whole.subarray(list.from);
  }

  #endList(): void {
    this.#inArray = false;
    if (!this.#delivery) return;
    this.#skipping = this.#delivery.open;
    this.#inArray = this.#delivery.inArray;
    this.#delivery = null;
  }

  #forget(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#dropped = 0;
    this.#deepest = 0;
    this.#list = null;
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
    this.#list = null;
    if (raw.length === 0) return null;
    if (bytes > recordLimits.recordBytesMax) return tooLarge(raw, bytes);
    if (deepest > recordLimits.depthMax) return tooDeep(raw);
    return { raw, problem: null };
  }
}

/** Splits bytes that are all there. */
export function splitRecords(bytes: Buffer, lines = false, lists: readonly string[] = []): RawRecord[] {
  const splitter = new RecordSplitter(lines, lists);
  return [...splitter.push(bytes), ...splitter.end()];
}
