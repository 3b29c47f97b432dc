'use client';

import { LogOut } from 'lucide-react';
import { signOut } from 'next-auth/react';

/** The way out on every page, in sight (ASVS 7.4.4). On narrow screens the operator's menu beside it has it. */
export function SignOutButton() {
  return (
    <button
      type="button"
      aria-label="Sign out"
      title="Sign out"
      onClick={() => void signOut({ callbackUrl: '/sign-in' })}
      className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-quiet hover:bg-raised hover:text-ink max-sm:hidden pointer-coarse:size-11"
    >
      <LogOut size={16} aria-hidden="true" />
    </button>
  );
}
