import { json } from '#app/api/answer.ts';

export const dynamic = 'force-dynamic';

/** The process answers. Says nothing of what it needs; /api/ready does. */
export function GET(): Response {
  return json({ ok: true });
}
