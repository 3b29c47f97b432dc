import type { Metadata } from 'next';
import { AttestationForm } from '#app/(desk)/recovery/attestations/attestation-form.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Empty } from '#components/ui/empty.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { hiddenEmail } from '#lib/model/field-groups.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { attestationsFor } from '#lib/recovery/attest.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Asked of me' };

export default async function AttestationsPage() {
  const { actor } = await requireOperator(null, '/recovery/attestations');
  const waiting = await attestationsFor(readingAs(actor), actor);
  return (
    <>
      <PageHeader title="Asked of me" counted={`${waiting.length} waiting`} />
      {waiting.length === 0 ? (
        <Empty title="Nothing is asked of you">
          When somebody who reports to you cannot sign in, the help desk asks you here.
        </Empty>
      ) : null}
      <ul className="flex max-w-2xl flex-col gap-4">
        {waiting.map((one) => (
          <li key={one.id} className="flex flex-col gap-3 rounded-md border border-line p-4">
            <h2 className="font-semibold text-lg">Is it {safeText(one.personName)}?</h2>
            <p>
              {safeText(one.askedBy)} asks (<RelativeTime at={one.askedAt} />, case {one.number}):{' '}
              {safeText(one.personName)}
              {one.personEmail && one.personEmail !== hiddenEmail ? ` (${safeText(one.personEmail)})` : ''} says they
              cannot sign in. Speak to them in person, or call them on a number you know. An e-mail or a call that you
              got does not count.
            </p>
            <AttestationForm proofId={one.id} personName={safeText(one.personName)} />
          </li>
        ))}
      </ul>
    </>
  );
}
