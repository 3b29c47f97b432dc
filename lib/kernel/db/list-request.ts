import type { Actor } from '#lib/kernel/actor.ts';
import { mayReadAddresses } from '#lib/kernel/addresses.ts';
import { decodeCursor, type ListQuery } from '#lib/kernel/db/listing.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import {
  type Filter,
  type FilterDeclaration,
  type FilterProblem,
  operatorsOf,
  parameterName,
  parseFilter,
} from '#lib/model/filter.ts';

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

/** For screens: what can be understood, and in words what cannot. */
export function readScreenRequest(
  given: URLSearchParams | Record<string, string | string[] | undefined>,
  declaration: FilterDeclaration,
  actor: Actor,
): ListRequest & { problems: FilterProblem[] } {
  const params = given instanceof URLSearchParams ? given : toParams(given);
  const { filter, problems } = readFilter(params, declaration, actor);
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

/** Next's search parameters as URLSearchParams; of a repeated one the first counts. */
function toParams(search: Record<string, string | string[] | undefined>): URLSearchParams {
  return new URLSearchParams(
    Object.entries(search).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? (value[0] ?? '') : value]],
    ),
  );
}
