import { Prisma } from '#lib/kernel/db/database.ts';
import type { ColumnRule } from '#lib/kernel/db/listing.ts';

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

/** A LIKE pattern for "has this in it"; what a pattern would mean is taken as it was typed. */
export function likeWords(typed: string): string {
  return `%${typed.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}
