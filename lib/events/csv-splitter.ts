import { isUtf8 } from 'node:buffer';
import { type RawRecord, recordLimits } from '#lib/events/raw-record.ts';

const [quote, comma, newline, carriage] = [...Buffer.from('",\n\r')] as [number, number, number, number];
const byteOrderMark = Buffer.from('\uFEFF');
const columnsMax = 500;

/**
 * Splits CSV with a heading line (RFC 4180) into records: one JSON object a row, named by the heading, every value text. Rows may come
 * in any pieces; memory stays within one row. A row of another length than the heading, that is no UTF-8 or that ends inside quotes
 * is handed out as a problem. A quote opens a cell only at its beginning; elsewhere it is a character like any other, as in 5"
 * screens. What stands inside quotes is never read as rows, even where nobody closes them: a cell is its sender's own text.
 */
export class CsvSplitter {
  #heading: string[] | null = null;
  #row: Buffer[] = [];
  #cell: Buffer[] = [];
  #rowBytes = 0;
  #inQuotes = false;
  #afterQuote = false;

  push(chunk: Buffer): RawRecord[] {
    const records: RawRecord[] = [];
    let from = 0;
    const keep = (until: number) => {
      if (until <= from) return;
      this.#rowBytes += until - from;
      // Past the limit nothing is kept, so a row without an end costs no memory.
      if (this.#rowBytes <= recordLimits.recordBytesMax) this.#cell.push(Buffer.from(chunk.subarray(from, until)));
    };
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#inQuotes) {
        if (byte !== quote) continue;
        keep(at);
        from = at + 1;
        this.#inQuotes = false;
        this.#afterQuote = true;
        continue;
      }
      if (byte === quote && (this.#afterQuote || this.#isEmptyCell(chunk.subarray(from, at)))) {
        // Two quotes in a quoted cell are one.
        if (this.#afterQuote) this.#cell.push(Buffer.from('"'));
        from = at + 1;
        this.#inQuotes = true;
      } else if (byte === comma) {
        keep(at);
        this.#endCell();
        from = at + 1;
      } else if (byte === newline) {
        keep(at > from && chunk[at - 1] === carriage ? at - 1 : at);
        this.#endCell();
        from = at + 1;
        records.push(...this.#endRow());
      }
      this.#afterQuote = false;
    }
    keep(chunk.length);
    return records;
  }

  end(): RawRecord[] {
    if (this.#cell.length > 0 || this.#row.length > 0) this.#endCell();
    if (!this.#inQuotes || this.#rowBytes > recordLimits.recordBytesMax) return this.#endRow();
    return [problem(this.#row, 'cut_off', 'The input ends inside the quotes of this row.')];
  }

  /** Nothing before a quote, or at the very beginning a byte order mark, which is left out. */
  #isEmptyCell(before: Buffer): boolean {
    if (this.#heading !== null || this.#row.length > 0) return before.length === 0 && this.#cell.length === 0;
    const all = Buffer.concat([...this.#cell, before]);
    if (all.equals(byteOrderMark)) this.#cell = [];
    return all.length === 0 || all.equals(byteOrderMark);
  }

  #endCell(): void {
    if (this.#row.length < columnsMax) this.#row.push(Buffer.concat(this.#cell));
    this.#cell = [];
  }

  #endRow(): RawRecord[] {
    const [cells, bytes] = [this.#row, this.#rowBytes];
    this.#row = [];
    this.#rowBytes = 0;
    const row = cells.map((cell) => cell.toString('utf8').replace(/\r$/, ''));
    if (row.every((cell) => cell === '')) return [];
    if (!this.#heading) {
      this.#heading = row.map((name) => name.replace(/^\uFEFF/, '').trim());
      return [];
    }
    const heading = this.#heading;
    if (bytes > recordLimits.recordBytesMax)
      return [
        problem(cells, 'too_large', `The row has ${bytes} bytes; at most ${recordLimits.recordBytesMax} are read.`),
      ];
    if (row.length !== heading.length)
      return [problem(cells, 'bad_row', `The row has ${row.length} cells and the heading ${heading.length}.`)];
    if (!cells.every((cell) => isUtf8(cell))) return [problem(cells, 'bad_utf8', 'The row is not valid UTF-8.')];
    return [
      {
        raw: Buffer.from(JSON.stringify(Object.fromEntries(row.map((cell, index) => [heading[index] ?? '', cell])))),
        problem: null,
      },
    ];
  }
}

/** The bytes of the cells as they came, without their quotes. */
function problem(cells: readonly Buffer[], code: string, message: string): RawRecord {
  const raw = Buffer.concat(cells.flatMap((cell, at) => (at === 0 ? [cell] : [Buffer.from(','), cell])));
  return { raw, problem: { code, message } };
}
