import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { createProvider } from '#lib/events/sources/manage-providers.ts';
import { listProviderHealth } from '#lib/events/sources/provider-health.ts';
import { execute } from '#lib/kernel/command.ts';

/** A handful of rows, so this list has one page; its shape is every list's. */
export const GET = route({
  method: 'GET',
  path: '/api/v1/providers',
  summary: 'Providers with their state, rate, lag and quarantine',
  tag: 'providers',
  permission: 'providers:read',
  answers: {
    200: {
      description: 'All of them; what needs a person first.',
      body: z.object({ data: z.array(z.record(z.string(), z.unknown())), next: z.string().nullable() }),
    },
  },
})(async ({ database, actor }) =>
  json({ data: await database.inTenant(actor.tenantId, (tx) => listProviderHealth(tx, actor.tenantId)), next: null }),
);

export const POST = route({
  method: 'POST',
  path: '/api/v1/providers',
  summary: 'Add a provider',
  tag: 'providers',
  permission: 'providers:manage',
  body: createProvider.input,
  answers: { 201: { description: 'The provider.', body: z.object({ id: z.string() }) } },
})(async ({ database, actor, body }) => json(await execute(database, createProvider, actor, body), { status: 201 }));
