import { openParameter } from '#components/desk/open-parameter.ts';

/** The id of the row that is open beside its list, from the address; `null` for none, and for what is no id. */
export function openedId(search: Record<string, string | string[] | undefined>): string | null {
  const given = search[openParameter];
  return typeof given === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(given) ? given : null;
}
