import { keySetAnswer } from '#app/key-set-answer.ts';

export const dynamic = 'force-dynamic';

/** The key set of the founding tenant's issuer: receipts, checkpoints and SETs verify with it. */
export function GET(request: Request): Promise<Response> {
  return keySetAnswer(request, 'main');
}
