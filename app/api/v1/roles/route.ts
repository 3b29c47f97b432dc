import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { rolePermissions, roles } from '#lib/model/permissions.ts';
import { listCustomRoles } from '#lib/staff/custom-roles.ts';

export const GET = route({
  method: 'GET',
  path: '/api/v1/roles',
  summary: 'Roles, built in and your own, with what they allow',
  tag: 'roles',
  permission: 'staff:read',
  answers: {
    200: {
      description: 'There are as many as somebody made by hand, so there are no pages.',
      body: z.object({
        data: z.array(z.object({ name: z.string(), builtIn: z.boolean(), permissions: z.array(z.string()) })),
      }),
    },
  },
})(async ({ actor, database }) => {
  const custom = await database.inTenant(actor.tenantId, (tx) => listCustomRoles(tx, actor.tenantId));
  const builtIn = roles.map((name) => ({ name, builtIn: true, permissions: rolePermissions[name] }));
  return json({ data: [...builtIn, ...custom.map((role) => ({ ...role, builtIn: false }))] });
});
