import { z } from 'zod';
import { json } from '#app/api/answer.ts';
import { route } from '#app/api/api-route.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { introspectSession } from '#lib/revocation/introspect.ts';

const bytesMax = 8_192;
const shape = z.object({
  token: z.string().min(1).max(1_024),
  issuer: z.string().min(1).max(512).optional(),
  token_type_hint: z.string().max(64).optional(),
});

/** RFC 7662 section 2.1: a form with `token`, here a session's id of ours or of its provider; JSON is taken too. */
export const POST = route({
  method: 'POST',
  path: '/api/v1/sessions/introspect',
  summary: 'Is this session alive? Sees a cut-off at once (RFC 7662, plus `cutoff`)',
  tag: 'sessions',
  permission: 'sessions:read',
  background: true,
  stream: {
    contentTypes: ['application/x-www-form-urlencoded', 'application/json'],
    bytesMax,
    description: '`token`: the session’s id; `issuer`: whose it is, where two providers use the same ids.',
  },
  answers: {
    200: {
      description: 'Inactive also for what is not known; then nothing more is said.',
      body: z.object({
        active: z.boolean(),
        sid: z.string().optional(),
        sub: z.string().nullish(),
        iss: z.string().optional(),
        username: z.string().nullish(),
        client_id: z.string().nullish(),
        token_type: z.string().optional(),
        iat: z.number().optional(),
        cutoff: z.number().optional().describe('seconds since the epoch: dead by a revocation since then'),
      }),
    },
  },
})(async ({ actor, database, request }) => {
  const text = await request.text();
  if (text.length > bytesMax) throw new Refusal('too_large', `At most ${bytesMax} bytes a request.`);
  const given = shape.safeParse(readForm(text, request.headers.get('content-type') ?? ''));
  if (!given.success || given.data.token.includes('\0'))
    throw new Refusal('bad_request', 'Send a form or JSON with the session’s id as `token`.');
  const { token, issuer } = given.data;
  return json(
    await database.inTenant(actor.tenantId, (tx) => introspectSession(tx, actor.tenantId, { token, issuer })),
  );
});

function readForm(text: string, type: string): unknown {
  if (!type.startsWith('application/json')) return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
