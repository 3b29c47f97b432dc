import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { SignInForm } from '#app/sign-in/sign-in-form.tsx';
import { currentOperator, safeNext } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Sign in' };

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ next?: string }> }) {
  const next = safeNext((await searchParams).next);
  if (await currentOperator()) redirect(next);
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center gap-6 p-6">
      <h1 className="font-semibold text-2xl">Gatehouse</h1>
      <p className="text-quiet">The desk for identity operations. You sign in with a passkey and nothing else.</p>
      <SignInForm next={next} />
    </main>
  );
}
