import type { ReactNode } from 'react';

/** For people who cannot sign in: no desk around it, nothing that only staff may see. */
export default function RecoverLayout({ children }: { children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-lg flex-col gap-5 px-5 py-10 sm:justify-center">{children}</main>
  );
}
