'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callAndTell } from '#components/desk/act-button.tsx';
import { Button } from '#components/ui/button.tsx';
import { Select } from '#components/ui/field.tsx';
import { isPermission } from '#lib/model/permissions.ts';
import { separationConflicts } from '#lib/model/separation-of-duties.ts';

/** One more role. Combinations that are refused or flagged are named before anything is sent. */
export function GiveRole({
  operatorId,
  choices,
  held,
}: {
  operatorId: string;
  choices: readonly { name: string; permissions: string[] }[];
  held: readonly string[];
}) {
  const router = useRouter();
  const [role, setRole] = useState('');
  const [working, setWorking] = useState(false);
  const more = choices.find(({ name }) => name === role)?.permissions ?? [];
  const conflicts = separationConflicts([...held, ...more].filter(isPermission));
  const refused = role !== '' && conflicts.some(({ effect }) => effect === 'refused');
  const give = async () => {
    setWorking(true);
    const said = await callAndTell(
      `/api/v1/operators/${operatorId}/roles`,
      { method: 'POST', body: { role } },
      `${role} is given.`,
    );
    setWorking(false);
    if (!said) return;
    setRole('');
    router.refresh();
  };
  return (
    <div className="flex max-w-3xl flex-col gap-2">
      <div className="flex flex-wrap items-end gap-2">
        <Select
          label="One more role"
          value={role}
          onChange={(event) => setRole(event.target.value)}
          options={[{ value: '', label: 'Choose…' }, ...choices.map(({ name }) => ({ value: name, label: name }))]}
        />
        <Button disabled={role === '' || refused || working} onClick={give}>
          Give it
        </Button>
      </div>
      {role === ''
        ? null
        : conflicts.map(({ id, effect, title, reason }) => (
            <p key={id} role="status" className={effect === 'refused' ? 'text-critical text-sm' : 'text-sm'}>
              <strong>{effect === 'refused' ? 'Not in one person: ' : 'Flagged: '}</strong>
              {title}. {reason}
            </p>
          ))}
    </div>
  );
}
