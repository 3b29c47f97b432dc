'use client';

import { startAuthentication } from '@simplewebauthn/browser';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callOwn } from '#components/staff/own-calls.ts';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { Dialog, DialogClose } from '#components/ui/dialog.tsx';
import { toast } from '#components/ui/toast.tsx';
import { safeText } from '#lib/model/safe-text.ts';
import type { OwnAccount } from '#lib/staff/one-person.ts';

/** The accounts one has beside this one: what two people are asked for, the two of them are not. */
export function OtherAccounts({ accounts }: { accounts: OwnAccount[] }) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [state, setState] = useState({ working: false, problem: '' });
  const link = async () => {
    setState({ working: true, problem: '' });
    const said = await linkAccount();
    setState({ working: false, problem: said.ok ? '' : said.message });
    if (!said.ok) return;
    setOpen(false);
    toast({ text: `${said.data.email} is linked: the two count as one person.` });
    router.refresh();
  };
  return (
    <section aria-labelledby="own-accounts" className="flex flex-col gap-3">
      <div className="flex items-baseline justify-between gap-4">
        <h2 id="own-accounts" className="font-semibold">
          Other accounts of yours
        </h2>
        <Button onClick={() => setOpen(true)}>Link an account</Button>
      </div>
      <p className="text-quiet text-sm">
        Accounts of one person count as one: what you ask for with one, the other cannot approve.
      </p>
      {accounts.length === 0 ? null : (
        <ul className="divide-y divide-line rounded-md border border-line">
          {accounts.map(({ id, email, displayName, linked }) => (
            <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
              <span className="font-medium">{safeText(displayName)}</span>
              <span className="min-w-0 grow truncate text-quiet text-sm">{safeText(email)}</span>
              <Badge tone="plain">{linked ? 'linked' : 'same mailbox'}</Badge>
            </li>
          ))}
        </ul>
      )}
      <Dialog
        open={open}
        onOpenChange={(next) => {
          setOpen(next);
          setState({ working: false, problem: '' });
        }}
        title="Link another account of yours"
        description="Prove it with a passkey of that account. Both accounts are told, and only an administrator who is neither of them can undo it."
        acts={
          <>
            <DialogClose>Not now</DialogClose>
            <Button look="primary" disabled={state.working} onClick={() => void link()}>
              {state.working ? 'Waiting for the passkey…' : 'Use a passkey of that account'}
            </Button>
          </>
        }
      >
        <p role="alert" className="text-critical text-sm empty:hidden">
          {state.problem}
        </p>
      </Dialog>
    </section>
  );
}

async function linkAccount() {
  type Options = Parameters<typeof startAuthentication>[0]['optionsJSON'];
  const options = await callOwn<Options>('POST', 'accounts/options', {});
  if (!options.ok) return options;
  const response = await startAuthentication({ optionsJSON: options.data }).catch(() => null);
  if (!response)
    return { ok: false as const, message: 'No passkey was shown. Nothing was linked; try again when you have it.' };
  return callOwn<{ email: string }>('POST', 'accounts', { response });
}
