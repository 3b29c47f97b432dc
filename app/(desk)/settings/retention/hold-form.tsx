import { LineForm } from '#components/desk/line-form.tsx';

/** Places a hold, on a person or on everything. Nothing goes by it, so it asks for a reason and no more. */
export function HoldForm({ personId, label }: { personId: string | null; label: string }) {
  return (
    <LineForm
      url="/api/v1/legal-holds"
      fields={[
        {
          name: 'reason',
          label: 'Reason for a hold',
          placeholder: 'Court order, investigation, request',
          minLength: 3,
        },
      ]}
      body={{ personId }}
      label={label}
      done="The hold is in force."
    />
  );
}
