'use client';

import { CircleUser } from 'lucide-react';
import Link from 'next/link';
import { signOut } from 'next-auth/react';
import { useState } from 'react';
import { keepPreference } from '#components/shell/preferences.ts';
import { openShortcuts } from '#components/shell/shell-keys.tsx';
import { Menu } from '#components/ui/menu.tsx';

const themes = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

/** Who sits here, how they like it, and the way out. */
export function OperatorMenu({
  operator,
  initialTheme,
}: {
  operator: { name: string; email: string };
  initialTheme: string;
}) {
  const [theme, setTheme] = useState(initialTheme);
  const choose = (value: string) => {
    keepPreference('gatehouse-theme', value);
    if (value === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = value;
    setTheme(value);
  };
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={`You: ${operator.name}`}
          className="inline-flex min-h-8 max-w-48 items-center gap-2 rounded-md px-2 text-sm hover:bg-raised pointer-coarse:min-h-11"
        >
          <CircleUser size={16} aria-hidden="true" className="shrink-0" />
          <span className="truncate max-sm:hidden">{operator.name}</span>
        </button>
      }
      entries={[
        {
          kind: 'heading',
          label: (
            <>
              <span className="block font-medium text-ink text-sm">{operator.name}</span>
              {operator.email}
            </>
          ),
        },
        { kind: 'line' },
        ...themes.map(({ value, label }) => ({
          kind: 'check' as const,
          label,
          checked: theme === value,
          onChange: () => choose(value),
        })),
        { kind: 'line' },
        { kind: 'link', label: 'Me', link: <Link href="/me">Authenticators and sessions</Link> },
        { kind: 'act', label: 'Keyboard shortcuts', keys: '?', onSelect: openShortcuts },
        { kind: 'act', label: 'Sign out', onSelect: () => void signOut({ callbackUrl: '/sign-in' }) },
      ]}
    />
  );
}
