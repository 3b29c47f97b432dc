import type { Actor } from '#lib/kernel/actor.ts';
import { mayReadAddresses } from '#lib/kernel/addresses.ts';
import { decodeCursor, type ListQuery } from '#lib/kernel/db/listing.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import {
  type Filter,
  type FilterDeclaration,
  type FilterProblem,
  filterParameters,
  operatorsOf,
  parameterName,
  parseFilter,
} from '#lib/model/filter.ts';
import { safeText } from '#lib/model/safe-text.ts';

const pageSize = 50;
const pageSizeMax = 200;

/** A list as an address asks for it. */
export type ListRequest = ListQuery & { conditions: Filter };

/** For the API. @throws Refusal `bad_request` naming every parameter that is not right */
export function readListRequest(params: URLSearchParams, declaration: FilterDeclaration, actor: Actor): ListRequest {
  const { problems, ...request } = readScreenRequest(params, declaration, actor);
  if (problems.length > 0)
    throw new Refusal('bad_request', 'The filter is not right, so nothing was looked up. Correct what is named here.', {
      problems,
    });
  return request;
}

/**
 * For screens: what can be understood, and in words what cannot. `others`: parameters of the screen that are no conditions.
 */
export function readScreenRequest(
  given: URLSearchParams | Record<string, string | string[] | undefined>,
  declaration: FilterDeclaration,
  actor: Actor,
  others: readonly string[] = ['open'],
): ListRequest & { problems: FilterProblem[] } {
  const params = given instanceof URLSearchParams ? given : toParams(given);
  const read = readFilter(params, declaration, actor);
  const problems = [...read.problems, ...misreadNames(params, declaration, others)];
  const { filter } = read;
  const limit = Math.min(Math.max(Number.parseInt(params.get('limit') ?? '', 10) || pageSize, 1), pageSizeMax);
  try {
    return { conditions: filter, cursor: decodeCursor(params.get('cursor')), limit, problems };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {
      conditions: filter,
      cursor: null,
      limit,
      problems: [...problems, { path: 'cursor', message: error.message }],
    };
  }
}

/** The conditions of a filter that this reader may set: fields that hold addresses take the permission to read them. */
export function readFilter(
  params: { get(name: string): string | null },
  declaration: FilterDeclaration,
  actor: Actor,
): { filter: Filter; problems: FilterProblem[] } {
  if (mayReadAddresses(actor)) return parseFilter(params, declaration);
  const [open, closed] = [false, true].map((isClosed) =>
    declaration.fields.filter(({ group }) => (group === 'addresses') === isClosed),
  );
  const { filter, problems } = parseFilter(params, { ...declaration, fields: open ?? [] });
  const forbidden = (closed ?? []).flatMap((field) =>
    operatorsOf(field)
      .map((op) => parameterName(field, op))
      .filter((path) => params.get(path)?.trim())
      .map((path) => ({ path, message: `${field.label}: this needs the permission people:read-addresses.` })),
  );
  return { filter, problems: [...problems, ...forbidden] };
}

/**
 * Names that are no condition of this list, which would silently show more than was asked for, and those given twice, of which only
 * the first counts.
 */
function misreadNames(
  params: URLSearchParams,
  declaration: FilterDeclaration,
  others: readonly string[],
): FilterProblem[] {
  const known = new Set([...filterParameters(declaration).map(({ name }) => name), 'cursor', 'limit', ...others]);
  return [...new Set(params.keys())].flatMap((path) => {
    const shown = safeText(path.slice(0, 60));
    if (!known.has(path)) return { path, message: `“${shown}” is no filter of ${declaration.noun.many}.` };
    return params.getAll(path).length > 1
      ? { path, message: `“${shown}” is given more than once, and only the first counts.` }
      : [];
  });
}

/** Next's search parameters as URLSearchParams. */
function toParams(search: Record<string, string | string[] | undefined>): URLSearchParams {
  return new URLSearchParams(
    Object.entries(search).flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one])),
  );
}
