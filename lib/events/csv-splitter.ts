import { type RawRecord, recordLimits } from '#lib/events/split-records.ts';

const [quote, comma, newline, carriage] = [...Buffer.from('",\n\r')] as [number, number, number, number];
const columnsMax = 500;

/**
 * Splits CSV with a heading line (RFC 4180) into records: one JSON object a row, named by the heading, every value text. Rows may come
 * in any pieces; memory stays within one row. A row of another length than the heading is handed out as a problem.
 */
export class CsvSplitter {
  #heading: string[] | null = null;
  #row: string[] = [];
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
      if (byte === quote) {
        // Two quotes in a quoted cell are one.
        if (this.#afterQuote) this.#cell.push(Buffer.from('"'));
        else keep(at);
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
    return this.#endRow();
  }

  #endCell(): void {
    if (this.#row.length < columnsMax) this.#row.push(Buffer.concat(this.#cell).toString('utf8').replace(/\r$/, ''));
    this.#cell = [];
  }

  #endRow(): RawRecord[] {
    const [row, bytes] = [this.#row, this.#rowBytes];
    this.#row = [];
    this.#rowBytes = 0;
    if (row.every((cell) => cell === '')) return [];
    if (!this.#heading) {
      this.#heading = row.map((name) => name.replace(/^\uFEFF/, '').trim());
      return [];
    }
    if (bytes > recordLimits.recordBytesMax)
      return [
        problem(row, 'too_large', `The row has ${bytes} bytes; at most ${recordLimits.recordBytesMax} are read.`),
      ];
    if (row.length !== this.#heading.length)
      return [problem(row, 'bad_row', `The row has ${row.length} cells and the heading ${this.#heading.length}.`)];
    const heading = this.#heading;
    return [
      {
        raw: Buffer.from(JSON.stringify(Object.fromEntries(row.map((cell, index) => [heading[index] ?? '', cell])))),
        problem: null,
      },
    ];
  }
}

function problem(row: readonly string[], code: string, message: string): RawRecord {
  return { raw: Buffer.from(row.join(',').slice(0, 2_000)), problem: { code, message } };
}
