import { LineForm } from '#components/desk/line-form.tsx';

/** Links an account that one knows by its address, its subject or its page. */
export function LinkAccountForm({ personId }: { personId: string }) {
  return (
    <LineForm
      url={`/api/v1/people/${personId}/links`}
      fields={[
        { name: 'other', label: 'Other account', placeholder: 'E-mail, subject or address of its page' },
        { name: 'reason', label: 'Reason for the link', placeholder: 'How it is known', minLength: 3 },
      ]}
      label="Link the account"
      done="Linked."
    />
  );
}
