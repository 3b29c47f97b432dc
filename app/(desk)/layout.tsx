import Link from 'next/link';
import type { ReactNode } from 'react';
import { SignOutButton } from '#app/(desk)/sign-out-button.tsx';
import { SessionGuard } from '#components/desk/session-guard.tsx';
import type { Permission } from '#lib/model/permissions.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { csrfTokenOf } from '#lib/staff/csrf.ts';
import { currentOperator } from '#lib/staff/current-operator.ts';
import { sessionClock } from '#lib/staff/session-clock.ts';

const places: { href: string; label: string; permission: Permission }[] = [
  { href: '/signals', label: 'Signals', permission: 'signals:read' },
  { href: '/sessions', label: 'Sessions', permission: 'sessions:read' },
  { href: '/devices', label: 'Devices', permission: 'devices:read' },
  { href: '/audit', label: 'Audit', permission: 'audit:read' },
];

/** The frame of the desk. It shows what an operator may open; each page asks for itself whether they may. */
export default async function DeskLayout({ children }: { children: ReactNode }) {
  const current = await currentOperator();
  const open = places.filter(({ permission }) => current?.actor.permissions.has(permission));
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[12rem_1fr]">
      {current ? <meta name="gatehouse-csrf" content={csrfTokenOf(current.session.id)} /> : null}
      <a href="#main" className="sr-only focus:not-sr-only focus:absolute focus:bg-paper focus:p-2">
        Skip to the content
      </a>
      <div className="border-line border-b bg-raised p-3 md:border-r md:border-b-0">
        <p className="mb-2 px-2 font-semibold">Gatehouse</p>
        <nav aria-label="Desk" className="flex flex-wrap gap-1 md:flex-col">
          <Link className="rounded-md px-2 py-1 hover:bg-paper pointer-coarse:py-2.5" href="/">
            Overview
          </Link>
          {open.map(({ href, label }) => (
            <Link key={href} className="rounded-md px-2 py-1 hover:bg-paper pointer-coarse:py-2.5" href={href}>
              {label}
            </Link>
          ))}
        </nav>
        <div className="mt-3 flex items-center gap-2 px-2 text-[13px] text-quiet md:mt-6 md:flex-col md:items-start">
          <span>{safeText(current?.actor.label ?? '')}</span>
          {current ? <SessionGuard clock={sessionClock(current.session)} /> : null}
          <SignOutButton />
        </div>
      </div>
      <main id="main" className="min-w-0 p-4 md:p-6">
        {children}
      </main>
    </div>
  );
}
