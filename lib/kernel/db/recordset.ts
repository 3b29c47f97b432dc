import { Prisma } from '#lib/kernel/db/database.ts';

type ColumnType = 'text' | 'uuid' | 'timestamptz' | 'int' | 'bigint' | 'real' | 'boolean' | 'inet' | 'jsonb' | 'bytea';
type Cell = string | number | boolean | null | Uint8Array;
/** Columns whose arrays are sent in their own type; the others are texts that the server reads. */
const sentAs: Partial<Record<ColumnType, string>> = { text: 'text', bytea: 'bytea', uuid: 'uuid' };
const encoders: Partial<Record<ColumnType, (values: readonly Cell[]) => Buffer>> = {
  bytea: byteaArray,
  uuid: uuidArray,
};
const textOid = 25;
const byteaOid = 17;
const uuidOid = 2950;

/**
 * Rows as a table of a statement: `SELECT … FROM ${recordset(rows, { id: 'uuid', … })} AS r`. A batch is one parameter a column, in
 * PostgreSQL's own binary form of an array, so neither side escapes anything and the statement's text never varies.
 * Names are our code's, never a sender's. Texts must hold no NUL; a lone surrogate is written as U+FFFD.
 * @throws Error for a name that is none
 */
export function recordset<Name extends string>(
  rows: readonly { readonly [Column in NoInfer<Name>]: Cell }[],
  columns: Readonly<Record<Name, ColumnType>>,
): Prisma.Sql {
  const entries = Object.entries(columns) as [Name, ColumnType][];
  if (entries.some(([name]) => !/^[a-z_]+$/.test(name))) throw new Error('a column of a recordset has an odd name');
  const casts = entries.map(([name, type]) => (sentAs[type] === undefined ? `${name}::${type}` : name));
  const arrays = entries.map(([, type]) => `::${sentAs[type] ?? 'text'}[]`);
  // The parts between the parameters, as a tagged template would have them.
  const parts = [
    `(SELECT ${casts.join(', ')} FROM unnest(`,
    ...arrays.slice(0, -1).map((cast) => `${cast}, `),
    `${arrays.at(-1)}) AS c(${entries.map(([name]) => name).join(', ')}))`,
  ];
  const values = entries.map(([name, type]) => (encoders[type] ?? textArray)(rows.map((row) => row[name])));
  return new Prisma.Sql(parts, values);
}

/** `text[]` in binary, for a parameter cast to it. The driver sends a Buffer as a binary parameter. */
export function textArray(values: readonly Cell[]): Buffer {
  // Three bytes hold any UTF-16 unit, so the texts are measured while they are written.
  let room = 20;
  for (const value of values) room += 4 + (typeof value === 'string' ? value.length * 3 : value === null ? 0 : 32);
  // Written where there is room for the worst case, then copied out at its real size: a third of what would else be held.
  if (room > scratch.length) scratch = Buffer.allocUnsafeSlow(room);
  const buffer = scratch;
  let at = writeHeader(buffer, textOid, values.length);
  for (const value of values) {
    const bytes = value === null ? -1 : writeText(buffer, typeof value === 'string' ? value : String(value), at + 4);
    at = buffer.writeInt32BE(bytes, at) + Math.max(bytes, 0);
  }
  const kept = Buffer.from(buffer.subarray(0, at));
  if (scratch.length > scratchMax) scratch = Buffer.alloc(0);
  return kept;
}

/** `uuid[]` in binary, for a parameter cast to it. @throws Error for a text that is no id */
export function uuidArray(values: readonly Cell[]): Buffer {
  const buffer = Buffer.allocUnsafe(20 + values.length * 20);
  let at = writeHeader(buffer, uuidOid, values.length);
  for (const value of values) {
    at = buffer.writeInt32BE(value === null ? -1 : 16, at);
    if (value !== null) at = writeUuid(buffer, String(value), at);
  }
  return buffer.subarray(0, at);
}

function writeUuid(buffer: Buffer, text: string, from: number): number {
  let at = from;
  let digits = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === hyphen) continue;
    const digit = hexDigits[code] ?? 255;
    if (digit === 255 || digits === 32) throw new Error('a uuid column of a recordset holds no uuid');
    if (digits % 2 === 0) buffer[at] = digit << 4;
    else {
      buffer[at] = (buffer[at] as number) | digit;
      at += 1;
    }
    digits += 1;
  }
  if (digits !== 32) throw new Error('a uuid column of a recordset holds no uuid');
  return at;
}

const hyphen = 45;
const hexDigits = new Uint8Array(128).fill(255);
for (const [digit, character] of [...'0123456789abcdef'].entries()) {
  hexDigits[character.charCodeAt(0)] = digit;
  hexDigits[character.toUpperCase().charCodeAt(0)] = digit;
}

/** Short plain texts, nearly all, are written here: a call into the runtime costs more than its characters. */
function writeText(buffer: Buffer, text: string, at: number): number {
  if (text.length > 64) return buffer.write(text, at, 'utf8');
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127) return buffer.write(text, at, 'utf8');
    buffer[at + index] = code;
  }
  return text.length;
}

let scratch = Buffer.alloc(0);
const scratchMax = 8 * 1024 * 1024;

function byteaArray(values: readonly Cell[]): Buffer {
  const pieces = values.map((value) => (value instanceof Uint8Array ? value : null));
  const buffer = Buffer.allocUnsafe(pieces.reduce((sum, piece) => sum + 4 + (piece?.length ?? 0), 20));
  let at = writeHeader(buffer, byteaOid, pieces.length);
  for (const piece of pieces) {
    at = buffer.writeInt32BE(piece?.length ?? -1, at);
    if (piece) {
      buffer.set(piece, at);
      at += piece.length;
    }
  }
  return buffer.subarray(0, at);
}

/** Dimensions, "may hold NULL", element type, then length and lower bound of the one dimension; an empty array has none. */
function writeHeader(buffer: Buffer, elementOid: number, length: number): number {
  buffer.writeInt32BE(length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(1, 4);
  buffer.writeInt32BE(elementOid, 8);
  if (length === 0) return 12;
  buffer.writeInt32BE(length, 12);
  return buffer.writeInt32BE(1, 16);
}
