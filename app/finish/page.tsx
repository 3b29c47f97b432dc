import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { FinishSteps } from '#app/finish/finish-steps.tsx';
import { Toaster } from '#components/ui/toast.tsx';
import { csrfTokenOf } from '#lib/staff/csrf.ts';
import { currentOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'One more step' };

/** What a limited session has to do before the desk opens: finish enrolling, replace lost authenticators, or show a passkey. */
export default async function FinishPage() {
  const current = await currentOperator();
  if (!current) redirect('/sign-in');
  const { limitedTo } = current.session;
  if (!limitedTo) redirect('/');
  return (
    <main className="mx-auto flex min-h-dvh max-w-lg flex-col justify-center gap-5 p-6">
      <meta name="gatehouse-csrf" content={csrfTokenOf(current.session)} />
      <FinishSteps limitedTo={limitedTo} />
      <Toaster />
    </main>
  );
}
