import { cookies } from 'next/headers';
import { type ReactNode, Suspense } from 'react';
import { NavCount } from '#app/(desk)/nav-count.tsx';
import { navigation, type Place } from '#app/(desk)/navigation.ts';
import { SessionGuard } from '#components/desk/session-guard.tsx';
import { DeskHeader } from '#components/shell/desk-header.tsx';
import { LiveIndicator } from '#components/shell/live-indicator.tsx';
import { NavLink } from '#components/shell/nav-link.tsx';
import { Rail } from '#components/shell/rail.tsx';
import { ShellKeys } from '#components/shell/shell-keys.tsx';
import { HideAddressFilters } from '#components/table/hidden-addresses.tsx';
import { NowProvider } from '#components/ui/now.tsx';
import { StyleNonce } from '#components/ui/style-nonce.tsx';
import { Toaster } from '#components/ui/toast.tsx';
import { mayReadAddresses } from '#lib/kernel/addresses.ts';
import { now } from '#lib/kernel/clock.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { csrfTokenOf } from '#lib/staff/csrf.ts';
import { currentOperator } from '#lib/staff/current-operator.ts';
import { sessionClock } from '#lib/staff/session-clock.ts';

/** The frame of the desk. It shows what an operator may open; each page asks for itself whether they may. */
export default async function DeskLayout({ children }: { children: ReactNode }) {
  const current = await currentOperator();
  // Without an operator the page itself leads to the sign-in; the frame has nothing to show then.
  if (!current) return <main id="main">{children}</main>;
  const { actor, session } = current;
  const preferences = await cookies();
  const isOpen = ({ permission }: Place) => permission === null || actor.permissions.has(permission);
  const groups = navigation.map((group) => group.filter(isOpen)).filter((group) => group.length > 0);
  const tenant = await pool('desk').outsideTenants((tx) =>
    tx.tenant.findUnique({ where: { id: actor.tenantId }, select: { name: true } }),
  );
  const places = (
    <nav aria-label="Desk" className="flex flex-col gap-3">
      {groups.map((group) => (
        <ul key={group[0]?.href} className="flex flex-col gap-px border-line not-first:border-t not-first:pt-3">
          {group.map((place) => (
            <li key={place.href}>
              <NavLink href={place.href} icon={<place.icon size={16} aria-hidden="true" />} label={place.label}>
                {place.count ? (
                  <Suspense>
                    <NavCount count={place.count} actor={actor} />
                  </Suspense>
                ) : null}
              </NavLink>
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
  return (
    <NowProvider now={now().toISOString()}>
      <StyleNonce />
      <meta name="gatehouse-csrf" content={csrfTokenOf(session)} />
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-paper focus:p-2"
      >
        Skip to the content
      </a>
      <Rail
        tenant={safeText(tenant?.name ?? '')}
        initiallyCollapsed={preferences.get('gatehouse-rail')?.value === 'collapsed'}
        places={places}
      >
        <DeskHeader
          tenant={safeText(tenant?.name ?? '')}
          places={places}
          operator={{ name: safeText(actor.label), email: safeText(session.email) }}
          theme={preferences.get('gatehouse-theme')?.value ?? 'system'}
        >
          <LiveIndicator />
          <SessionGuard clock={sessionClock(session)} />
        </DeskHeader>
        <main id="main" tabIndex={-1} className="min-w-0 px-4 py-4 outline-none md:px-6 md:py-5">
          <HideAddressFilters hidden={!mayReadAddresses(actor)}>{children}</HideAddressFilters>
        </main>
      </Rail>
      <ShellKeys places={groups.flat().map(({ href, label, keys }) => ({ href, label, keys: keys ?? null }))} />
      <Toaster />
    </NowProvider>
  );
}
