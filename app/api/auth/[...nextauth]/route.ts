import type { NextRequest } from 'next/server';
import NextAuth from 'next-auth';
import { nextAuthOptions } from '#lib/staff/next-auth-options.ts';

function handler(request: NextRequest, context: { params: Promise<{ nextauth: string[] }> }): Promise<Response> {
  return NextAuth(request, context, nextAuthOptions()) as Promise<Response>;
}

export { handler as GET, handler as POST };
