'use client';

import Link from 'next/link';
import { type FormEvent, useState } from 'react';
import { callDesk } from '#components/desk/call-desk.ts';
import { ShownOnce } from '#components/desk/shown-once.tsx';
import { Button, buttonClass } from '#components/ui/button.tsx';
import { Checkbox, Field } from '#components/ui/field.tsx';
import { isPermission } from '#lib/model/permissions.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { separationConflicts } from '#lib/model/separation-of-duties.ts';

/** Who, with which roles. What one person may not hold together is said while choosing, not after. */
export function InviteForm({ choices }: { choices: readonly { name: string; permissions: string[] }[] }) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [working, setWorking] = useState(false);
  const [made, setMade] = useState<{ email: string; link: string } | null>(null);
  const [refusal, setRefusal] = useState<{ message: string; see?: { label: string; path: string } } | null>(null);
  const held = choices.filter(({ name }) => chosen.includes(name)).flatMap(({ permissions }) => permissions);
  const conflicts = separationConflicts(held.filter(isPermission));
  const refused = conflicts.filter(({ effect }) => effect === 'refused');

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const email = String(new FormData(event.currentTarget).get('email') ?? '');
    setWorking(true);
    setRefusal(null);
    const called = await callDesk<{ link: string }>('POST', '/api/v1/operators/invitations', { email, roles: chosen });
    setWorking(false);
    if (called.ok) setMade({ email, link: called.answer.link });
    else setRefusal(called);
  };

  if (made)
    return (
      <div className="flex max-w-2xl flex-col gap-4">
        <ShownOnce what="Enrolment link" secret={made.link}>
          Give it to {made.email} yourself; it serves once, within an hour, and is not shown again. Whoever has an
          account here already accepts it signed in.
        </ShownOnce>
        <Link href="/settings/staff" className={buttonClass()}>
          Back to the staff
        </Link>
      </div>
    );
  return (
    <form onSubmit={submit} className="flex max-w-2xl flex-col gap-5">
      <Field label="E-mail" name="email" type="email" required maxLength={254} autoComplete="off" />
      <fieldset className="flex flex-col gap-3">
        <legend className="mb-2 font-medium text-sm">Roles</legend>
        {choices.map(({ name, permissions }) => (
          <Checkbox
            key={name}
            label={name}
            hint={permissions.join(' · ')}
            checked={chosen.includes(name)}
            onChange={(event) =>
              setChosen(event.target.checked ? [...chosen, name] : chosen.filter((one) => one !== name))
            }
          />
        ))}
      </fieldset>
      {conflicts.map(({ id, effect, title, reason }) => (
        <p key={id} role="status" className={effect === 'refused' ? 'text-critical text-sm' : 'text-sm'}>
          <strong>{effect === 'refused' ? 'Not in one person: ' : 'Flagged: '}</strong>
          {title}. {reason}
        </p>
      ))}
      {refusal ? (
        <div role="alert" className="flex flex-wrap items-center gap-3 rounded-md border border-high p-3 text-sm">
          <p className="min-w-0 grow basis-64">{refusal.message}</p>
          {refusal.see ? (
            <Link href={refusal.see.path} className={buttonClass()}>
              {safeText(refusal.see.label)}
            </Link>
          ) : null}
        </div>
      ) : null}
      <div className="flex flex-wrap gap-2">
        <Link href="/settings/staff" className={buttonClass('quiet')}>
          Not now
        </Link>
        <Button type="submit" look="primary" disabled={working || chosen.length === 0 || refused.length > 0}>
          Make the invitation
        </Button>
      </div>
    </form>
  );
}
