import { type Filter, type FilterDeclaration, filterToParams } from '#lib/model/filter.ts';

/** The address of a list in the API with a filter: the same rows as on its screen. */
export function listAddress(list: string, filter: Filter, declaration: FilterDeclaration): string {
  return `/api/v1/${list}?${new URLSearchParams(filterToParams(filter, declaration))}`;
}
