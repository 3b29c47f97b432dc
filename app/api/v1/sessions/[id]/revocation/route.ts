import { answer, json } from '#app/api/answer.ts';
import { execute } from '#lib/kernel/command.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { revokeSession } from '#lib/revocation/order-revocation.ts';
import { revocationOfSession } from '#lib/revocation/revocation-of-session.ts';
import { requireCaller } from '#lib/staff/current-operator.ts';

type Context = { params: Promise<{ id: string }> };

/** Orders the revocation of one session: `{"reason"}`. The worker carries it out; GET tells how far it is. */
export async function POST(request: Request, { params }: Context): Promise<Response> {
  return answer(async () => {
    const actor = await requireCaller(request, 'revocations:propose');
    const body: unknown = await request.json().catch(() => null);
    const given = body && typeof body === 'object' ? body : {};
    return json(await execute(pool('desk'), revokeSession, actor, { ...given, sessionId: (await params).id }), {
      status: 202,
    });
  });
}

export async function GET(request: Request, { params }: Context): Promise<Response> {
  return answer(async () => {
    const actor = await requireCaller(request, 'revocations:read', { background: true });
    const { id } = await params;
    const isId = /^[0-9a-f-]{36}$/i.test(id);
    return json({
      revocation: isId
        ? await pool('desk').inTenant(actor.tenantId, (tx) => revocationOfSession(tx, actor.tenantId, id))
        : null,
    });
  });
}
