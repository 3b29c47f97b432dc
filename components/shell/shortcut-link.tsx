'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import type { ReactNode } from 'react';
import { useShortcuts } from '#components/shell/shortcuts.ts';
import { type ButtonLook, buttonClass } from '#components/ui/button.tsx';
import { Keys } from '#components/ui/keys.tsx';

/** A link that looks like a button and has a key of its own. */
export function ShortcutLink({
  href,
  keys,
  label,
  group,
  look = 'secondary',
  children,
}: {
  href: string;
  keys: string;
  label: string;
  group: string;
  look?: ButtonLook;
  children: ReactNode;
}) {
  const router = useRouter();
  useShortcuts([{ keys, label, group, run: () => router.push(href) }]);
  return (
    <Link className={buttonClass(look)} href={href} prefetch={false}>
      {children}
      <span aria-hidden="true" className="max-md:hidden">
        <Keys keys={keys} />
      </span>
    </Link>
  );
}
