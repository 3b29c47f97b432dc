import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';

const folder = path.resolve(import.meta.dirname, '../../../prisma/schema');
const schema = readdirSync(folder)
  .filter((file) => file.endsWith('.prisma'))
  .map((file) => readFileSync(path.join(folder, file), 'utf8'))
  .join('\n');

/** `table.column`, with `?` where it may be empty, of every field of every model. */
function declaredColumns(text: string): string[] {
  const models = [...text.matchAll(/^model (\w+) \{\n(.*?)^\}/gms)];
  const names = new Set(models.map(([, name]) => name));
  return models.flatMap(([, name = '', body = '']) => {
    const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? name;
    return body.split('\n').flatMap((line) => {
      const field = /^ {2}(\w+)\s+(\w+)(\[\])?(\?)?(.*)$/.exec(line);
      // A field of another model's type is a relation and no column.
      if (!field || names.has(field[2] ?? '')) return [];
      const [, fieldName, , isList, isOptional, rest = ''] = field;
      const column = /@map\("(\w+)"\)/.exec(rest)?.[1] ?? fieldName;
      // An empty list is how Prisma reads no list.
      return `${table}.${column}${isOptional && !isList ? '?' : ''}`;
    });
  });
}

test('every column of the schema is in what the migrations make, and the other way round', async () => {
  const made = await testDatabase();
  try {
    const rows = await asOwner<{ name: string }>(
      made.url,
      `SELECT c.table_name || '.' || c.column_name || CASE WHEN c.is_nullable = 'YES' AND c.data_type <> 'ARRAY' THEN '?' ELSE '' END AS name
       FROM information_schema.columns c JOIN pg_class t ON t.relname = c.table_name AND t.relnamespace = 'public'::regnamespace
       WHERE c.table_schema = 'public' AND t.relkind IN ('r', 'p') AND NOT t.relispartition AND c.table_name <> '_prisma_migrations'`,
    );
    const stored = rows.map(({ name }) => name).sort();
    expect(stored.length).toBeGreaterThan(200);
    expect(declaredColumns(schema).sort()).toEqual(stored);
  } finally {
    await made.close();
  }
}, 60_000);

test('a column that only the schema has would be noticed', () => {
  const planted = schema.replace('model Session {', 'model Session {\n  planted String?');
  expect(declaredColumns(planted)).toContain('sessions.planted?');
  expect(declaredColumns(schema)).not.toContain('sessions.planted?');
});
