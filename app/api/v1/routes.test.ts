import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openApi } from '#app/api/openapi.ts';
import type { RouteHandler } from '#app/api/route-definition.ts';
import { routes } from '#app/api/v1/routes.ts';
import { permissions } from '#lib/model/permissions.ts';

const api = path.resolve(import.meta.dirname);
const files = readdirSync(api, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(^|[/\\])route\.tsx?$/.test(file),
);
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const addressOf = (file: string) =>
  `/api/v1/${path.dirname(file).replaceAll(path.sep, '/')}`.replace(/\[(?:\.\.\.)?(\w+)\]/g, '{$1}');

describe('[v5.0.0-V8.2.1] every route file under /api/v1', () => {
  test.each(files)('%s exports nothing but handlers the wrapper made, at its own address', async (file) => {
    const exported = (await import(path.join(api, file))) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exported)) {
      expect(methods.has(name), `${name} is a method`).toBe(true);
      const { definition } = value as Partial<RouteHandler>;
      expect(definition, `${name} was made by route()`).toBeDefined();
      expect(definition).toMatchObject({ method: name, path: addressOf(file) });
      expect(routes, `${name} is in routes.ts`).toContain(value);
    }
  });

  test('routes.ts lists nothing else, and nothing twice', () => {
    const addresses = routes.map(({ definition }) => `${definition.method} ${definition.path}`);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(new Set(routes.map(({ definition }) => definition.path))).toEqual(new Set(files.map(addressOf)));
  });

  test('each asks for a permission that exists, or says in so many words that it is open', () => {
    const known = new Set<string>([...permissions, 'operator', 'public', 'own-proof']);
    expect(routes.filter(({ definition }) => !known.has(definition.permission))).toEqual([]);
    // Whoever opens a door to everybody changes this list, and a reviewer sees it.
    expect(
      routes
        .filter(({ definition }) => ['public', 'own-proof'].includes(definition.permission))
        .map(({ definition }) => definition.path)
        .sort(),
    ).toEqual([
      '/api/v1/hooks/{id}',
      '/api/v1/hooks/{id}',
      '/api/v1/openapi.json',
      // For people who cannot sign in: each answers for a case's own secret only, and within limits.
      '/api/v1/recovery-requests',
      '/api/v1/recovery-requests/assertion',
      '/api/v1/recovery-requests/binding-code',
      '/api/v1/recovery-requests/code',
      '/api/v1/recovery-requests/status',
      '/api/v1/recovery-requests/veto',
      '/api/v1/ssf/receivers/{id}',
    ]);
  });
});

test('the description is OpenAPI 3.1: every route, each parameter of its path, each answer', () => {
  const described = openApi(
    routes.map(({ definition }) => definition),
    'https://desk.example.org',
  ) as {
    openapi: string;
    paths: Record<
      string,
      Record<string, { operationId: string; parameters: { name: string; in: string }[]; responses: object }>
    >;
  };
  expect(described.openapi).toBe('3.1.0');
  const operations = Object.entries(described.paths).flatMap(([at, item]) =>
    Object.values(item).map((operation) => ({ at, ...operation })),
  );
  expect(operations).toHaveLength(routes.length);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { at, parameters, responses } of operations) {
    const named = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    expect(named).toEqual([...at.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
    expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true);
  }
});
