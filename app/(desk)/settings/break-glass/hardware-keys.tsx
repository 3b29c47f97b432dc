'use client';

import { startRegistration } from '@simplewebauthn/browser';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { ActButton } from '#components/desk/act-button.tsx';
import { callDesk } from '#components/desk/call-desk.ts';
import { Section } from '#components/desk/section.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { toast } from '#components/ui/toast.tsx';
import { safeText } from '#lib/model/safe-text.ts';

type Key = {
  id: string;
  name: string;
  addedBy: string;
  addedById: string;
  addedAt: string;
  admittedBy: string | null;
  lastUsedAt: string | null;
};

/** The hardware keys that open the sealed account: one person gives a key, another admits it. */
export function HardwareKeys({ keys, me, manages }: { keys: Key[]; me: string; manages: boolean }) {
  return (
    <Section title="Hardware keys">
      <p className="mb-3 max-w-3xl text-quiet text-sm">
        A security key in a safe opens the account as the two halves do. One administrator gives it, another admits it.
        A passkey that is copied between devices is refused.
      </p>
      {keys.length === 0 ? (
        <p className="mb-4 text-quiet text-sm">No key yet: only the two halves open it.</p>
      ) : (
        <ul className="mb-4 max-w-3xl divide-y divide-line rounded-md border border-line">
          {keys.map((key) => (
            <li key={key.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 py-2">
              <div className="min-w-0 grow">
                <span className="font-medium">{safeText(key.name)}</span>{' '}
                <Badge tone={key.admittedBy ? 'good' : 'medium'}>
                  {key.admittedBy ? 'admitted' : 'waits for a second person'}
                </Badge>
                <span className="block text-quiet text-xs">
                  given by {safeText(key.addedBy)} <RelativeTime at={key.addedAt} />
                  {key.admittedBy ? `, admitted by ${safeText(key.admittedBy)}` : ''}
                  {key.lastUsedAt ? (
                    <>
                      , used <RelativeTime at={key.lastUsedAt} />
                    </>
                  ) : null}
                </span>
              </div>
              {manages && !key.admittedBy && key.addedById !== me ? (
                <ActButton
                  label="Admit"
                  title={`Admit the key ${safeText(key.name)}`}
                  text={`${safeText(key.addedBy)} gave it. From now on whoever holds it and knows its PIN can open the account for an hour; everybody is told when that happens.`}
                  url={`/api/v1/break-glass/keys/${key.id}/admission`}
                  method="POST"
                  done="The key is admitted."
                />
              ) : null}
              {manages ? (
                <ActButton
                  label="Remove"
                  look="danger"
                  title={`Remove the key ${safeText(key.name)}`}
                  text="It opens nothing any more. The two halves stay as they are."
                  url={`/api/v1/break-glass/keys/${key.id}`}
                  method="DELETE"
                  done="The key is removed."
                />
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {manages ? <GiveKey /> : null}
    </Section>
  );
}

function GiveKey() {
  const router = useRouter();
  const [state, setState] = useState({ working: false, problem: '' });
  const give = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    setState({ working: true, problem: '' });
    const problem = await giveKey(String(new FormData(form).get('keyName') ?? ''));
    setState({ working: false, problem: problem ?? '' });
    if (problem !== null) return;
    form.reset();
    toast({ text: 'The key is given. Another administrator has to admit it.' });
    router.refresh();
  };
  return (
    <form onSubmit={give} className="flex max-w-2xl flex-wrap items-end gap-4">
      <div className="min-w-56 grow">
        <Field label="A name for the key, and where it lies" name="keyName" required minLength={2} maxLength={100} />
      </div>
      <Button type="submit" disabled={state.working}>
        {state.working ? 'Waiting for the key…' : 'Give it a hardware key'}
      </Button>
      <p role="alert" className="basis-full text-critical text-sm empty:hidden">
        {state.problem}
      </p>
    </form>
  );
}

async function giveKey(name: string): Promise<string | null> {
  type Options = Parameters<typeof startRegistration>[0]['optionsJSON'];
  const options = await callDesk<Options>('POST', '/api/v1/break-glass/keys/options');
  if (!options.ok) return options.message;
  const response = await startRegistration({ optionsJSON: options.answer }).catch(() => null);
  if (!response)
    return 'The key made no passkey. Plug it in or hold it to the device, and set its PIN. Nothing was added.';
  const given = await callDesk('POST', '/api/v1/break-glass/keys', { name, response });
  return given.ok ? null : given.message;
}
