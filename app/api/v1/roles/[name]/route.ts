import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { permissions } from '#lib/model/permissions.ts';
import { retireCustomRole, roleNameShape, saveCustomRole } from '#lib/staff/custom-roles.ts';

const about = {
  path: '/api/v1/roles/{name}',
  tag: 'roles',
  permission: 'staff:manage',
  stepUp: true,
  params: z.strictObject({ name: roleNameShape }),
} as const;

export const PUT = route({
  ...about,
  method: 'PUT',
  summary: 'Make a role of permissions, or change one',
  body: z.strictObject({
    description: saveCustomRole.input.shape.description,
    permissions: z.array(z.enum(permissions)).min(1).max(permissions.length),
  }),
  answers: { 200: { description: 'Saved; its holders have these permissions from this moment on.' } },
})(async ({ actor, database, params, body }) =>
  json(await execute(database, saveCustomRole, actor, { ...body, name: params.name })),
);

export const DELETE = route({
  ...about,
  method: 'DELETE',
  summary: 'Retire a role that nobody holds',
  answers: { 200: { description: 'Retired.' } },
})(async ({ actor, database, params }) =>
  json(await execute(database, retireCustomRole, actor, { name: params.name })),
);
