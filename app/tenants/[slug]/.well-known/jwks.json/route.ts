import { keySetAnswer } from '#app/key-set-answer.ts';

export const dynamic = 'force-dynamic';

/** The key set of another tenant's issuer: one set a tenant, so that no tenant's key verifies another's tokens. */
export async function GET(request: Request, { params }: { params: Promise<{ slug: string }> }): Promise<Response> {
  return keySetAnswer(request, (await params).slug);
}
