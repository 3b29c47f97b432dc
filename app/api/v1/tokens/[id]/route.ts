import { json } from '#app/api/answer.ts';
import { idParams, route } from '#app/api/api-route.ts';
import { execute } from '#lib/kernel/command.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { revokeServiceToken } from '#lib/staff/service-tokens.ts';

export const DELETE = route({
  method: 'DELETE',
  path: '/api/v1/tokens/{id}',
  summary: 'Revoke a service token at once',
  tag: 'tokens',
  permission: 'tokens:manage',
  params: idParams,
  answers: { 200: { description: 'Revoked; it is refused from the next request on.' } },
})(async ({ actor, database, params }) => {
  const token = await database.inTenant(actor.tenantId, (tx) =>
    tx.serviceToken.findUnique({ where: { tenantId_id: { tenantId: actor.tenantId, id: params.id } } }),
  );
  if (!token || token.revokedAt) throw new Refusal('not_found', 'There is no such living token.');
  return json(await execute(database, revokeServiceToken, actor, { name: token.name }));
});
