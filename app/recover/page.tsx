import type { Metadata } from 'next';
import { IntakeForm } from '#app/recover/intake-form.tsx';

export const metadata: Metadata = { title: 'I cannot sign in' };

export default async function RecoverPage({ searchParams }: PageProps<'/recover'>) {
  const { tenant } = await searchParams;
  return (
    <>
      <h1 className="font-semibold text-2xl">I cannot sign in</h1>
      <p className="text-quiet">
        Lost your phone or your authenticator? The help desk checks that it is you, then you set up a new one. Nobody
        will ask you for a password or a code on the phone.
      </p>
      <IntakeForm tenant={typeof tenant === 'string' ? tenant : 'main'} />
    </>
  );
}
