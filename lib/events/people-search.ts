import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import type { ColumnRule } from '#lib/kernel/db/listing.ts';
import type { Condition, Filter } from '#lib/model/filter.ts';

/**
 * The people a search means, found once before the list is read: by e-mail address in any case, or by a part of name, e-mail or
 * subject. The list's own column stays bare, so its index serves. See the migration for why patterns go through a function.
 */
export function personByEmail(column: Prisma.Sql): ColumnRule {
  return {
    kind: 'custom',
    where: (values) => Prisma.sql`${column} = ANY(ARRAY(SELECT found.id FROM people found
      WHERE found.tenant_id = gatehouse_tenant() AND found.email_key = ANY(${values.map((value) => value.toLowerCase())}::text[])))`,
  };
}

/** @param more a condition that matches as well, such as the session's own id being exactly what was typed */
export function personByWords(column: Prisma.Sql, more?: (typed: string) => Prisma.Sql): ColumnRule {
  return {
    kind: 'custom',
    where: ([typed = '']) => {
      const people = Prisma.sql`${column} = ANY(ARRAY(SELECT gatehouse_people_matching(${likeWords(typed)})))`;
      return more ? Prisma.sql`(${people} OR ${more(typed)})` : people;
    },
  };
}

/**
 * The same for words that very many people have: the list is walked in its order, where such people are met soon. By the index on
 * people everything of all of them would be read and sorted first.
 */
export function walkedByWords(rule: ColumnRule): ColumnRule {
  if (rule.kind !== 'custom') return rule;
  // What is compared with true is no condition that an index serves.
  return { kind: 'custom', where: (values) => Prisma.sql`(${rule.where(values)}) IS TRUE` };
}

/** The rules of a list whose `q` looks for people, as fits how many people the words mean. */
export async function rulesForWords<Rules extends Readonly<Record<string, ColumnRule>>>(
  tx: Tx,
  conditions: Filter,
  rules: Rules,
): Promise<Readonly<Record<string, ColumnRule>>> {
  const typed = conditions.find(({ field }) => field === 'q')?.value[0];
  if (typed === undefined || !rules.q) return rules;
  const [{ n } = { n: 0 }] = await tx.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM (SELECT 1 FROM gatehouse_people_matching(${likeWords(typed)}) LIMIT ${peopleMax + 1}) AS found`;
  return n > peopleMax ? { ...rules, q: walkedByWords(rules.q) } : rules;
}

/** A LIKE pattern for "has this in it"; what a pattern would mean is taken as it was typed. */
export function likeWords(typed: string): string {
  return `%${typed.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}

/** People a search is narrowed to by their ids. More of them are so many that walking the list in its order finds a page soon. */
const peopleMax = 200;
/** An id that nobody has. */
const nobody = '00000000-0000-0000-0000-000000000000';

/**
 * Puts the few people that an e-mail address (and `q`, where it means nothing but people) stands for in its place. With ids in hand
 * the planner knows how few rows there are; without, it walks a whole list in order of time in the hope of meeting them.
 */
export async function narrowToPeople(tx: Tx, conditions: Filter, fields: readonly ('email' | 'q')[]): Promise<Filter> {
  const narrowed: Condition[] = [];
  for (const condition of conditions) {
    const { field, op, value } = condition;
    if (op !== 'is' || !fields.some((one) => one === field)) {
      narrowed.push(condition);
      continue;
    }
    const found =
      field === 'email'
        ? await tx.$queryRaw<{ id: string }[]>`
            SELECT found.id::text FROM people found WHERE found.tenant_id = gatehouse_tenant()
              AND found.email_key = ANY(${value.map((one) => one.toLowerCase())}::text[]) LIMIT ${peopleMax + 1}`
        : await tx.$queryRaw<{ id: string }[]>`
            SELECT found::text AS id FROM gatehouse_people_matching(${likeWords(value[0] ?? '')}) AS found LIMIT ${peopleMax + 1}`;
    if (found.length > peopleMax) narrowed.push(condition);
    else narrowed.push({ field: 'person', op: 'is', value: found.length > 0 ? found.map(({ id }) => id) : [nobody] });
  }
  return narrowed;
}
