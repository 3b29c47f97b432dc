import { type Condition, type Cursor, decodeCursor } from '#lib/kernel/db/listing.ts';
import { Refusal } from '#lib/kernel/errors.ts';

const pageSize = 50;

/** What each kind of value must look like; one declaration a field serves the screens and the API. */
export const filterShapes = {
  text: /^[^\0]{1,200}$/,
  word: /^[\w.:,-]{1,200}$/,
  id: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  country: /^[A-Za-z]{2}$/,
  network: /^[0-9a-f.:]{2,45}(\/\d{1,3})?$/i,
  time: /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/,
} as const;
export type FilterFields = Readonly<Record<string, keyof typeof filterShapes>>;

export type ListQuery = {
  conditions: Condition[];
  cursor: Cursor | null;
  limit: number;
  given: Record<string, string>;
};

/** Reads a list's filter from the address. Unknown names are ignored by screens. @throws Refusal `bad_request` naming the field */
export function readListQuery(params: URLSearchParams, fields: FilterFields): ListQuery {
  const conditions: Condition[] = [];
  const given: Record<string, string> = {};
  for (const [field, kind] of Object.entries(fields)) {
    const value = params.get(field)?.trim();
    if (!value) continue;
    if (!filterShapes[kind].test(value))
      throw new Refusal(
        'bad_request',
        `The filter "${field}" is not a ${kind}. Correct it in the address or take it away.`,
      );
    given[field] = value;
    const values = kind === 'word' ? value.split(',') : [kind === 'country' ? value.toUpperCase() : value];
    conditions.push({ field, op: field === 'to' ? 'to' : 'is', value: values });
  }
  const limit = Math.min(Math.max(Number.parseInt(params.get('limit') ?? '', 10) || pageSize, 1), 200);
  return { conditions, cursor: decodeCursor(params.get('cursor')), limit, given };
}

/** Next's search parameters as URLSearchParams; of a repeated one the first counts. */
export function toParams(search: Record<string, string | string[] | undefined>): URLSearchParams {
  return new URLSearchParams(
    Object.entries(search).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? (value[0] ?? '') : value]],
    ),
  );
}
