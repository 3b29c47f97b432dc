'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callOwn, registerPasskey } from '#components/staff/own-calls.ts';
import { Button } from '#components/ui/button.tsx';
import { Dialog, DialogClose } from '#components/ui/dialog.tsx';
import { Field } from '#components/ui/field.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { toast } from '#components/ui/toast.tsx';
import { safeText } from '#lib/model/safe-text.ts';
import type { OwnAuthenticators } from '#lib/staff/authenticators/list-own.ts';

type Passkey = OwnAuthenticators['passkeys'][number];

export function OwnAuthenticatorsPanel({ passkeys, enough }: { passkeys: Passkey[]; enough: boolean }) {
  const router = useRouter();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Passkey | null>(null);
  const [offerToEnd, setOfferToEnd] = useState(false);
  const [state, setState] = useState({ working: false, problem: '' });

  const attempt = async (work: () => Promise<{ ok: true } | { ok: false; message: string }>, done: string) => {
    setState({ working: true, problem: '' });
    const said = await work();
    setState({ working: false, problem: said.ok ? '' : said.message });
    if (!said.ok) return;
    setAdding(false);
    setRemoving(null);
    setOfferToEnd(true);
    toast({ text: done });
    router.refresh();
  };
  const endOthers = async () => {
    const said = await callOwn<{ ended: number }>('DELETE', 'sessions', { which: 'others' });
    setOfferToEnd(false);
    toast(said.ok ? { text: `${said.data.ended} other sessions ended.` } : { tone: 'problem', text: said.message });
    router.refresh();
  };

  return (
    <section aria-labelledby="own-passkeys" className="flex flex-col gap-3">
      <div className="flex items-baseline justify-between gap-4">
        <h2 id="own-passkeys" className="font-semibold">
          Passkeys
        </h2>
        <Button onClick={() => setAdding(true)}>Add a passkey</Button>
      </div>
      {enough ? null : (
        <p className="text-medium text-sm">
          One lost device would lock you out. Add a second authenticator or make recovery codes.
        </p>
      )}
      {offerToEnd ? (
        <p className="flex flex-wrap items-center gap-3 rounded-md border border-line bg-raised p-3 text-sm">
          Your authenticators changed. Sessions elsewhere go on.
          <Button onClick={() => void endOthers()}>End my other sessions</Button>
        </p>
      ) : null}
      <ul className="divide-y divide-line rounded-md border border-line">
        {passkeys.map((passkey) => (
          <li key={passkey.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2">
            <div className="min-w-0 grow">
              <span className="font-medium">{safeText(passkey.name)}</span>
              <span className="block text-quiet text-xs">
                {passkey.synced ? 'synced between devices' : 'on one device'} · added{' '}
                <RelativeTime at={passkey.createdAt} /> ·{' '}
                {passkey.lastUsedAt ? (
                  <>
                    used <RelativeTime at={passkey.lastUsedAt} />
                  </>
                ) : (
                  'never used'
                )}
              </span>
            </div>
            <Button look="quiet" aria-label={`Remove ${passkey.name}`} onClick={() => setRemoving(passkey)}>
              Remove…
            </Button>
          </li>
        ))}
      </ul>
      <Dialog
        open={adding}
        onOpenChange={(open) => {
          setAdding(open);
          setState({ working: false, problem: '' });
        }}
        title="Add a passkey"
        description="On this device, on your phone, or on a security key. All your addresses are told."
      >
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            const name = String(new FormData(event.currentTarget).get('name') ?? '');
            void attempt(() => registerPasskey(name), 'The passkey is added.');
          }}
        >
          <Field label="A name for it" name="name" required maxLength={100} placeholder="Phone, blue security key" />
          <p role="status" className="text-critical text-sm">
            {state.problem}
          </p>
          <div className="flex justify-end gap-2">
            <DialogClose>Not now</DialogClose>
            <Button type="submit" look="primary" disabled={state.working}>
              {state.working ? 'Waiting for your device…' : 'Add the passkey'}
            </Button>
          </div>
        </form>
      </Dialog>
      <Dialog
        open={removing !== null}
        onOpenChange={(open) => {
          if (!open) setRemoving(null);
          setState({ working: false, problem: '' });
        }}
        title={`Remove ${safeText(removing?.name ?? '')}`}
        description="It signs you in no more, and sessions that it proved last end at once, this one too if it is among them. All your addresses are told."
        acts={
          <>
            <DialogClose>Keep it</DialogClose>
            <Button
              look="danger"
              disabled={state.working}
              onClick={() =>
                void attempt(() => callOwn('DELETE', `passkeys/${removing?.id}`), 'The passkey is removed.')
              }
            >
              Remove the passkey
            </Button>
          </>
        }
      >
        <p role="status" className="text-critical text-sm">
          {state.problem}
        </p>
      </Dialog>
    </section>
  );
}
