import type { Metadata } from 'next';
import Link from 'next/link';
import { OpenForm } from '#app/sign-in/break-glass/open-form.tsx';

export const metadata: Metadata = { title: 'Break glass' };

export default async function BreakGlassPage({
  searchParams,
}: {
  searchParams: Promise<{ tenant?: string | string[] }>;
}) {
  const { tenant } = await searchParams;
  const wanted = typeof tenant === 'string' && /^[a-z0-9-]{1,40}$/.test(tenant) ? tenant : 'main';
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center gap-5 p-6">
      <h1 className="font-semibold text-2xl">Break glass</h1>
      <p className="text-quiet text-sm">
        For when no administrator can sign in. Two people type their halves of the sealed code, or one shows a hardware
        key that two administrators put there. The desk opens for an hour, raises a critical signal and tells everybody
        on the staff.
      </p>
      <OpenForm tenant={wanted} />
      <Link href="/sign-in" className="text-accent text-sm underline">
        Back to the sign-in
      </Link>
    </main>
  );
}
