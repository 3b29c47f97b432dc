import type { Metadata } from 'next';
import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { FinishAccount } from '#app/sign-in/finish-account.tsx';
import { SignInForm } from '#app/sign-in/sign-in-form.tsx';
import { pool } from '#lib/kernel/db/pools.ts';
import { federatedCookie } from '#lib/staff/cookies.ts';
import { currentOperator, safeNext } from '#lib/staff/current-operator.ts';
import { findHalfFinished } from '#lib/staff/federation/finish-sign-in.ts';
import { listSignInProviders } from '#lib/staff/federation/sign-in-providers.ts';

export const metadata: Metadata = { title: 'Sign in' };

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<{ next?: string; account?: string }>;
}) {
  const { next: wanted, account } = await searchParams;
  const next = safeNext(wanted);
  if (await currentOperator()) redirect(next);
  const browser = (await cookies()).get(federatedCookie)?.value ?? null;
  const half = account === 'known' ? await findHalfFinished(pool('desk'), browser) : null;
  const providers = await pool('desk').outsideTenants(listSignInProviders);
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center gap-6 p-6">
      <h1 className="font-semibold text-2xl">Gatehouse</h1>
      {half ? (
        <FinishAccount
          provider={half.providerName}
          name={half.displayName}
          secondFactorShown={half.secondFactorShown}
          next={next}
        />
      ) : (
        <SignInForm
          next={next}
          providers={providers}
          problem={
            account
              ? 'That account did not sign you in. Either it is not linked to an operator of this desk, or its answer came too late or was not right. Try again, use another way, or ask an administrator.'
              : ''
          }
        />
      )}
      <a href="/sign-in/break-glass" className="text-quiet text-sm underline">
        No administrator can sign in? Break glass
      </a>
    </main>
  );
}
