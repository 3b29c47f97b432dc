import type { Metadata } from 'next';
import { VetoButton } from '#app/recover/not-me/veto-button.tsx';

export const metadata: Metadata = { title: 'This was not me' };

export default function NotMePage() {
  return (
    <>
      <h1 className="font-semibold text-2xl">This was not me</h1>
      <p>
        Somebody asked the help desk for a new authenticator in your name. If that was not you, stop it here. You need
        no login for it.
      </p>
      <VetoButton />
    </>
  );
}
