import { answer, json } from '#app/api/answer.ts';
import { ingestRequest } from '#lib/events/ingest-request.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { places } from '#lib/kernel/geo/places.ts';
import { authenticateToken } from '#lib/staff/service-tokens.ts';

export async function POST(request: Request, { params }: { params: Promise<{ provider: string }> }): Promise<Response> {
  return answer(async () => {
    const database = pool('ingest');
    const { provider: slug } = await params;
    const { actor, provider } = await authenticateToken(database, request.headers);
    if (!actor.permissions.has('events:write'))
      throw new Refusal('forbidden', 'This token lacks the scope events:write.');
    if (provider && provider !== slug)
      throw new Refusal('forbidden', `This token may only send events of ${provider}.`);
    const { summary, received } = await ingestRequest({ database, actor, slug, request, findPlace: places().find });
    const { stored, duplicate, quarantined, problems } = summary;
    const items = problems.map(({ index, code, message }) => ({ index, error: `${code}: ${message}` }));
    return json({ received, stored, duplicate, quarantined, items });
  });
}
