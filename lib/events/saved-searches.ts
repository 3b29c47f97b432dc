import { z } from 'zod';
import type { Actor } from '#lib/kernel/actor.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { readFilter } from '#lib/kernel/db/list-request.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId } from '#lib/kernel/ids.ts';
import { type Filter, filterParameterCharsMax, filterToParams, filterWords } from '#lib/model/filter.ts';
import { type SearchableList, searchableListNames, searchableLists } from '#lib/model/searchable-lists.ts';

/** A saved search: `params` are those of the list's address, of its API and of its export; `words` say them. */
export type SavedSearch = {
  id: string;
  list: SearchableList;
  name: string;
  /** The screen it opens. */
  path: string;
  params: Record<string, string>;
  words: string;
  shared: boolean;
  mine: boolean;
};

/**
 * Keeps a filter under a name, for oneself or for all of the tenant. The same name of the same person is written over.
 * @throws Refusal `forbidden` for a list one cannot see; `invalid_input` for a filter that is none or not right
 */
export const saveSearch = defineCommand({
  action: 'search_saved',
  permission: 'operator',
  input: z.strictObject({
    list: z.enum(searchableListNames),
    name: z.string().trim().min(1).max(80),
    params: z.record(z.string().max(60), z.string().max(filterParameterCharsMax)),
    shared: z.boolean().default(false),
  }),
  async run({ tx, actor, input }) {
    const { filter: declaration, permission } = searchableLists[input.list];
    if (!actor.permissions.has(permission))
      throw new Refusal(
        'forbidden',
        `This needs the permission ${permission}, which you do not have. Nothing was saved.`,
      );
    const { filter, problems } = readFilter({ get: (name) => input.params[name] ?? null }, declaration, actor);
    const known = new Set(Object.keys(filterToParams(filter, declaration)));
    const unread = Object.keys(input.params).filter(
      (name) => !known.has(name) && !problems.some(({ path }) => path === name),
    );
    const all = [...problems, ...unread.map((path) => ({ path, message: `${input.list} have no such filter.` }))];
    if (all.length > 0)
      throw new Refusal('invalid_input', 'The filter is not right. Nothing was saved.', { problems: all });
    if (filter.length === 0) throw new Refusal('invalid_input', 'There is no filter to save. Narrow the list first.');
    const id = newId();
    const [row] = await tx.$queryRaw<{ id: string }[]>`
      INSERT INTO saved_searches (tenant_id, id, list, name, filter, owner_id, shared)
      VALUES (${actor.tenantId}::uuid, ${id}::uuid, ${input.list}, ${input.name}, ${JSON.stringify(filter)}::jsonb, ${actor.id}, ${input.shared})
      ON CONFLICT (tenant_id, list, owner_id, name) DO UPDATE SET filter = excluded.filter, shared = excluded.shared
      RETURNING id::text`;
    return {
      result: { id: row?.id ?? id },
      audit: {
        target: { type: 'saved_search', id: row?.id ?? id },
        detail: { list: input.list, name: input.name, shared: input.shared },
      },
    };
  },
});

/** Takes away one's own saved search. @throws Refusal `not_found` for one that is not one's own */
export const deleteSearch = defineCommand({
  action: 'search_deleted',
  permission: 'operator',
  input: z.strictObject({ id: z.uuid() }),
  async run({ tx, actor, input }) {
    const gone = await tx.savedSearch.deleteMany({
      where: { tenantId: actor.tenantId, id: input.id, ownerId: actor.id },
    });
    if (gone.count === 0) throw new Refusal('not_found', 'You have no such saved search. Nothing was changed.');
    return { result: input, audit: { target: { type: 'saved_search', id: input.id } } };
  },
});

/**
 * One's own saved searches and those shared in the tenant, by name, of the lists one can see. What a later version no longer
 * understands is left out of the params. A search by addresses is not shown to who may not read them.
 */
export async function listSearches(tx: Tx, actor: Actor): Promise<SavedSearch[]> {
  const rows = await tx.savedSearch.findMany({
    where: { tenantId: actor.tenantId, OR: [{ ownerId: actor.id }, { shared: true }] },
    orderBy: [{ list: 'asc' }, { name: 'asc' }, { id: 'asc' }],
    take: 500,
  });
  return rows.flatMap((row) => {
    const list = searchableListNames.find((name) => name === row.list);
    if (!list) return [];
    const { filter: declaration, path, permission } = searchableLists[list];
    const filter = row.filter as unknown as Filter;
    const params = filterToParams(filter, declaration);
    const { problems } = readFilter({ get: (name) => params[name] ?? null }, declaration, actor);
    if (!actor.permissions.has(permission) || problems.length > 0) return [];
    const words = filterWords(filter, declaration);
    return [
      { id: row.id, list, name: row.name, path, params, words, shared: row.shared, mine: row.ownerId === actor.id },
    ];
  });
}
