import { answer, json } from '#app/api/answer.ts';
import { execute } from '#lib/kernel/command.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { decideSignal } from '#lib/signals/decide-signal.ts';
import { requireCaller } from '#lib/staff/current-operator.ts';

/** Moves a signal: `{"from","to","reason"}`. */
export async function POST(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  return answer(async () => {
    const actor = await requireCaller(request, 'signals:write');
    const body: unknown = await request.json().catch(() => null);
    const given = body && typeof body === 'object' ? body : {};
    return json(await execute(pool('desk'), decideSignal, actor, { ...given, signalId: (await params).id }));
  });
}
