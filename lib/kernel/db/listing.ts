import { z } from 'zod';
import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { type Condition, instantOf } from '#lib/model/filter.ts';

export type { Condition } from '#lib/model/filter.ts';

/**
 * How a field of a list becomes SQL: one entry a field, whatever screen, API or export asks. `ordered` compares the place of the
 * value in `order` with a rank column. The operators `not`, `min`, `from` and `to` are handled here, once for all lists. A text column
 * that holds nothing but `words` is asked for the others where some are excluded; `none` says of a row that it has no word.
 */
export type ColumnRule =
  | { kind: 'text'; sql: Prisma.Sql; words?: readonly string[]; none?: Prisma.Sql }
  | { kind: 'id'; sql: Prisma.Sql }
  | { kind: 'number'; sql: Prisma.Sql }
  | { kind: 'contains'; sql: Prisma.Sql[] }
  | { kind: 'network'; sql: Prisma.Sql }
  | { kind: 'time'; sql: Prisma.Sql }
  | { kind: 'ordered'; rank: Prisma.Sql; order: readonly string[] }
  | { kind: 'custom'; where: (values: readonly string[]) => Prisma.Sql };

/** A column with addresses, for a search: nothing stands in it for a reader who may not see them. */
export function searchableAddress(column: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`CASE WHEN NOT gatehouse_addresses_hidden() THEN ${column} END`;
}

/** Turns conditions into one WHERE expression. A field without a rule is a mistake of ours and throws. */
export function whereOf(conditions: readonly Condition[], rules: Readonly<Record<string, ColumnRule>>): Prisma.Sql {
  const parts = conditions.map((condition) => {
    const rule = rules[condition.field];
    if (!rule) throw new Error(`no SQL for the filter field ${condition.field}`);
    if (condition.op === 'not' && rule.kind === 'text' && rule.words) return othersOf(condition, rule, rule.words);
    const matches = matchOf(condition, rule);
    // Rows that do not say are not the excluded ones.
    return condition.op === 'not' ? Prisma.sql`NOT COALESCE(${matches}, false)` : matches;
  });
  return parts.length > 0 ? Prisma.join(parts, ' AND ') : Prisma.sql`true`;
}

/**
 * The excluded words by the words that are left: what few rows have is then found by its index, where a negation reads all rows in
 * the hope of meeting them.
 */
function othersOf(
  { field, value }: Condition,
  rule: Extract<ColumnRule, { kind: 'text' }>,
  words: readonly string[],
): Prisma.Sql {
  const others = words.filter((word) => !value.includes(word));
  const matches = others.length > 0 ? matchOf({ field, op: 'is', value: others }, rule) : Prisma.sql`false`;
  return rule.none ? Prisma.sql`(${matches} OR ${rule.none})` : matches;
}

function matchOf(condition: Condition, rule: ColumnRule): Prisma.Sql {
  const values = [...condition.value];
  const first = values[0] ?? '';
  switch (rule.kind) {
    // The column stays bare in each of these, else its index would not serve; and one value is an equality, because only behind
    // that does an index give its rows in order of time, so that a page is read and not everything sorted.
    case 'text':
      return values.length === 1
        ? Prisma.sql`${rule.sql} = ${first}::text`
        : Prisma.sql`${rule.sql} = ANY(${values}::text[])`;
    case 'id':
      return values.length === 1
        ? Prisma.sql`${rule.sql} = ${first}::text::uuid`
        : Prisma.sql`${rule.sql} = ANY(${values}::text[]::uuid[])`;
    case 'number':
      return values.length === 1
        ? Prisma.sql`${rule.sql} = ${first}::text::bigint`
        : Prisma.sql`${rule.sql} = ANY(${values}::text[]::bigint[])`;
    case 'contains': {
      const pattern = `%${first.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
      return Prisma.sql`(${Prisma.join(
        rule.sql.map((column) => Prisma.sql`${column} ILIKE ${pattern}`),
        ' OR ',
      )})`;
    }
    case 'network':
      // A range on the address serves the index; `<<=` alone would not.
      return Prisma.sql`(${Prisma.join(
        values.map(
          (value) =>
            Prisma.sql`${rule.sql} BETWEEN host(network(${value}::text::inet))::inet AND host(broadcast(${value}::text::inet))::inet`,
        ),
        ' OR ',
      )})`;
    case 'time':
      return condition.op === 'to'
        ? Prisma.sql`${rule.sql} <= ${momentOf(first, 'to')}`
        : Prisma.sql`${rule.sql} >= ${momentOf(first, 'from')}`;
    case 'ordered': {
      const ranks = values.map((value) => rule.order.indexOf(value));
      return condition.op === 'min'
        ? Prisma.sql`${rule.rank} >= ${Math.min(...ranks)}`
        : Prisma.sql`${rule.rank} = ANY(${ranks}::int[])`;
    }
    case 'custom':
      return rule.where(values);
    default:
      return rule satisfies never;
  }
}

const spanUnits: Record<string, string> = { min: 'minutes', h: 'hours', d: 'days' };

/** A time of a filter by the database's clock: an instant, or a span back from now (`-24h`). */
function momentOf(value: string, op: 'from' | 'to'): Prisma.Sql {
  const span = /^-(\d{1,4})(min|h|d)$/.exec(value);
  return span
    ? Prisma.sql`now() - ${`${span[1]} ${spanUnits[span[2] ?? ''] ?? 'hours'}`}::interval`
    : Prisma.sql`${instantOf(value, op)}::timestamptz`;
}

/** Where a page begins: the last row's sort value and id. Opaque to the caller, checked when it comes back. */
export type Cursor = { at: string; id: string; back: boolean };
const cursorShape = z.strictObject({ at: z.string().max(64), id: z.string().max(64), back: z.boolean() });

export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** @throws Refusal `bad_request` for a cursor that is not ours */
export function decodeCursor(text: string | null | undefined): Cursor | null {
  if (!text) return null;
  try {
    return cursorShape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw new Refusal('bad_request', 'This page address is not valid any more. Start again from the first page.');
  }
}

/** Totals are exact up to this; beyond it a list says "more than". */
export const countCap = 10_000;

/**
 * How many rows `from` (`FROM … WHERE …`) finds, counted up to one more than the cap. Joins that neither add nor take away rows are
 * best left out of it: what an index alone answers is counted without a look at the rows.
 */
export async function countUpToCap(tx: Tx, from: Prisma.Sql): Promise<number> {
  const [counted] = await tx.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM (SELECT 1 ${from} LIMIT ${countCap + 1}) AS counted`;
  return counted?.n ?? 0;
}

/** What a list is asked for: which rows, from where on, how many. */
export type ListQuery = {
  conditions: readonly Condition[];
  cursor: Cursor | null;
  limit: number;
  /** Nobody reads the total (the API, an export), so it is not counted; the page then counts its own rows alone. */
  uncounted?: true;
};

export type Page<Row> = {
  rows: Row[];
  next: string | null;
  previous: string | null;
  total: number;
  totalIsCapped: boolean;
};

/**
 * One page by keyset, newest first: `rows` come from `fetch` with one row more than asked, in the asked direction.
 * `at` and `id` are the sort key of a row.
 */
export async function keysetPage<Row>(input: {
  query: Pick<ListQuery, 'cursor' | 'limit' | 'uncounted'>;
  keyOf: (row: Row) => { at: string; id: string };
  fetch: (page: { after: Prisma.Sql; order: Prisma.Sql; limit: number }) => Promise<Row[]>;
  sortAt: Prisma.Sql;
  sortId: Prisma.Sql;
  count: () => Promise<number>;
}): Promise<Page<Row>> {
  const { sortAt, sortId } = input;
  const { cursor, limit, uncounted } = input.query;
  const back = cursor?.back ?? false;
  const after = cursor
    ? back
      ? Prisma.sql`(${sortAt}, ${sortId}) > (${cursor.at}::timestamptz, ${cursor.id}::uuid)`
      : Prisma.sql`(${sortAt}, ${sortId}) < (${cursor.at}::timestamptz, ${cursor.id}::uuid)`
    : Prisma.sql`true`;
  const order = back ? Prisma.sql`${sortAt} ASC, ${sortId} ASC` : Prisma.sql`${sortAt} DESC, ${sortId} DESC`;
  const found = await input.fetch({ after, order, limit: limit + 1 });
  const more = found.length > limit;
  const rows = found.slice(0, limit);
  if (back) rows.reverse();
  const first = rows[0];
  const last = rows.at(-1);
  const total = uncounted ? rows.length : await input.count();
  return {
    rows,
    next: last && (back || more) ? encodeCursor({ ...input.keyOf(last), back: false }) : null,
    previous: first && (back ? more : cursor !== null) ? encodeCursor({ ...input.keyOf(first), back: true }) : null,
    total: Math.min(total, countCap),
    totalIsCapped: total > countCap,
  };
}
