'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, Fragment, useState } from 'react';
import { callOwn } from '#components/staff/own-calls.ts';
import { RecoveryCodes } from '#components/staff/recovery-codes.tsx';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { toast } from '#components/ui/toast.tsx';
import { safeText } from '#lib/model/safe-text.ts';
import type { OwnAuthenticators } from '#lib/staff/authenticators/list-own.ts';

/** Recovery codes, where notices go, and linked accounts. */
export function RecoveryPanel(props: {
  left: number;
  madeAt: string | null;
  email: string;
  addresses: string[];
  identities: OwnAuthenticators['identities'];
}) {
  const router = useRouter();
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [problem, setProblem] = useState('');
  const [addressProblem, setAddressProblem] = useState('');

  const renew = async () => {
    const said = await callOwn<{ codes: string[] }>('POST', 'recovery-codes');
    setProblem(said.ok ? '' : said.message);
    if (said.ok) setCodes(said.data.codes);
    router.refresh();
  };
  const keepAddresses = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get('addresses') ?? '');
    const addresses = text.split(/[\s,;]+/).filter((each) => each !== '');
    const said = await callOwn('PUT', 'notification-addresses', { addresses });
    setAddressProblem(said.ok ? '' : said.message);
    if (said.ok) toast({ text: 'The addresses are kept; old and new ones are told.' });
    router.refresh();
  };
  const unlink = async (id: string) => {
    const said = await callOwn('DELETE', `identities/${id}`);
    toast(said.ok ? { text: 'The account is unlinked.' } : { tone: 'problem', text: said.message });
    router.refresh();
  };

  return (
    <section aria-labelledby="own-recovery" className="flex flex-col gap-3">
      <h2 id="own-recovery" className="font-semibold">
        When something is lost
      </h2>
      {codes ? (
        // Keyed: the second press of a double click must not land on the button that puts the codes away.
        <Fragment key="codes">
          <RecoveryCodes codes={codes} />
          <Button className="self-start" onClick={() => setCodes(null)}>
            I have saved them
          </Button>
        </Fragment>
      ) : (
        <>
          <p className="text-quiet text-sm">
            {props.madeAt ? (
              <>
                {props.left} of 10 recovery codes left, made <RelativeTime at={props.madeAt} />.
              </>
            ) : (
              'You have no recovery codes.'
            )}{' '}
            A code stands in for your passkey once, and lets you make a new one.
          </p>
          <Button className="self-start" onClick={() => void renew()}>
            {props.madeAt ? 'Make new recovery codes' : 'Make recovery codes'}
          </Button>
          <p role="status" className="text-critical text-sm">
            {problem}
          </p>
        </>
      )}
      <form onSubmit={keepAddresses} className="flex flex-col gap-2">
        <Field
          label="Other addresses for notices"
          name="addresses"
          defaultValue={props.addresses.join(', ')}
          placeholder="you@private.example"
          hint={`Three at most. Notices always go to ${props.email} too.`}
          problem={addressProblem || undefined}
        />
        <Button type="submit" className="self-start">
          Keep the addresses
        </Button>
      </form>
      {props.identities.length > 0 ? (
        <div className="flex flex-col gap-2">
          <h3 className="font-medium text-sm">Linked accounts</h3>
          <ul className="divide-y divide-line rounded-md border border-line">
            {props.identities.map(({ id, provider, subject }) => (
              <li key={id} className="flex items-center gap-4 px-3 py-2 text-sm">
                <span className="min-w-0 grow break-all">
                  {safeText(provider)}
                  <span className="block text-quiet text-xs">{safeText(subject)}</span>
                </span>
                <Button look="quiet" onClick={() => void unlink(id)}>
                  Unlink
                </Button>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
    </section>
  );
}
