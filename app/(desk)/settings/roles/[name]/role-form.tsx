'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callAndTell } from '#components/desk/act-button.tsx';
import { Button } from '#components/ui/button.tsx';
import { Checkbox, Field } from '#components/ui/field.tsx';
import { isPermission, permissions, permissionWords } from '#lib/model/permissions.ts';
import { separationConflicts } from '#lib/model/separation-of-duties.ts';

/** A role is a name, what it is for, and permissions; what it may not hold together is said while choosing. */
export function RoleForm({ role }: { role: { name: string; description: string; permissions: string[] } | null }) {
  const router = useRouter();
  const [chosen, setChosen] = useState<readonly string[]>(role?.permissions ?? []);
  const [working, setWorking] = useState(false);
  const conflicts = separationConflicts(chosen.filter(isPermission));
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = role?.name ?? String(form.get('name') ?? '');
    setWorking(true);
    const said = await callAndTell(
      `/api/v1/roles/${encodeURIComponent(name)}`,
      { method: 'PUT', body: { description: String(form.get('description') ?? ''), permissions: chosen } },
      `${name} is saved.`,
    );
    setWorking(false);
    if (said) router.push('/settings/roles');
  };
  return (
    <form onSubmit={submit} className="flex max-w-3xl flex-col gap-5">
      {role ? null : (
        <Field
          label="Name"
          name="name"
          required
          pattern="[a-z][a-z0-9\-]{1,39}"
          hint="Lower-case letters, digits and hyphens, such as night-shift."
        />
      )}
      <Field
        label="What it is for"
        name="description"
        required
        minLength={3}
        maxLength={200}
        defaultValue={role?.description ?? ''}
      />
      <fieldset>
        <legend className="mb-2 font-medium text-sm">Permissions</legend>
        <div className="grid gap-2 sm:grid-cols-2">
          {permissions.map((permission) => (
            <Checkbox
              key={permission}
              label={permissionWords[permission]}
              hint={permission}
              checked={chosen.includes(permission)}
              onChange={(event) =>
                setChosen(event.target.checked ? [...chosen, permission] : chosen.filter((one) => one !== permission))
              }
            />
          ))}
        </div>
      </fieldset>
      {conflicts.map(({ id, effect, title, reason }) => (
        <p key={id} role="status" className={effect === 'refused' ? 'text-critical text-sm' : 'text-sm'}>
          <strong>{effect === 'refused' ? 'Not in one role: ' : 'Flagged: '}</strong>
          {title}. {reason}
        </p>
      ))}
      <div>
        <Button
          type="submit"
          look="primary"
          disabled={working || chosen.length === 0 || conflicts.some(({ effect }) => effect === 'refused')}
        >
          Save the role
        </Button>
      </div>
    </form>
  );
}
