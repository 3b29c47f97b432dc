import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { HoldForm } from '#app/(desk)/settings/retention/hold-form.tsx';
import { HoldsTable } from '#app/(desk)/settings/retention/holds-table.tsx';
import { ActButton } from '#components/desk/act-button.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Section } from '#components/desk/section.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Facts } from '#components/ui/facts.tsx';
import { type PersonRecords, readPersonRecords } from '#lib/events/read-retention.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { type CappedCount, countWords } from '#lib/model/count.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Records of a person' };

/** What is stored of a person: held from going, or erased. */
export default async function PersonRecordsPage({ params }: PageProps<'/people/[id]/records'>) {
  const { id } = await params;
  const { actor } = await requireOperator('policies:manage', `/people/${id}/records`);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  const records = await readingAs(actor).inTenant(actor.tenantId, (tx) => readPersonRecords(tx, actor.tenantId, id));
  if (!records) notFound();
  const name = records.isErased ? 'an erased person' : safeText(records.name);
  return (
    <>
      <PageHeader title={`Records of ${name}`} counted={records.isErased ? <Badge>erased</Badge> : null}>
        <Link className="text-accent text-sm underline" href={`/people/${id}`}>
          Their page
        </Link>
      </PageHeader>
      <div className="flex flex-col gap-8">
        <Section title="What is stored">
          <Stored records={records} />
        </Section>
        <Section title="Legal holds that cover them">
          <HoldsTable holds={records.holds} />
          <HoldForm personId={id} label="Hold what is known of them" />
        </Section>
        <Section title="Erasure">
          <Erasure records={records} name={name} />
        </Section>
      </div>
    </>
  );
}

function Stored({ records }: { records: PersonRecords }) {
  const linked = (count: CappedCount, href: string) => (
    <Link className="text-accent underline" href={href}>
      {count.isCapped ? 'more than ' : ''}
      {count.n.toLocaleString('en-US')}
    </Link>
  );
  return (
    <Facts
      className="max-w-xl"
      facts={[
        { label: 'Events', value: linked(records.events, `/events?person=${records.id}`) },
        { label: 'Sessions', value: linked(records.sessions, `/sessions?person=${records.id}`) },
        { label: 'Devices', value: linked(records.devices, `/devices?person=${records.id}`) },
        { label: 'Signals', value: linked(records.signals, `/signals?person=${records.id}`) },
        { label: 'Recovery cases', value: countWords(records.recoveryCases, { one: 'case', many: 'cases' }) },
      ]}
    />
  );
}

function Erasure({ records, name }: { records: PersonRecords; name: string }) {
  return (
    <div className="flex max-w-3xl flex-col gap-3 text-sm">
      <div className="grid gap-x-8 gap-y-3 sm:grid-cols-2">
        <div>
          <p className="font-medium">Goes for good</p>
          <ul className="list-disc pl-5">
            <li>name, e-mail, every address they had, subject and issuer</li>
            <li>the provider’s own records of them, byte by byte</li>
            <li>IP addresses, networks, cities, user agents, device and session names</li>
            <li>the evidence and the words of signals about them</li>
          </ul>
        </div>
        <div>
          <p className="font-medium">Stays, and why</p>
          <ul className="list-disc pl-5">
            <li>when, what kind, with what outcome, from which country: so that every count stays true</li>
            <li>an id of ours, which names nobody outside this desk: so that the audit goes on verifying</li>
            <li>
              what the audit, signed proposals, receipts and recovery cases recorded of them: evidence of what the desk
              did
            </li>
            <li>what they did to somebody else, as the record of that other person names them</li>
            <li>backups and exports made before: they are outside this desk</li>
          </ul>
        </div>
      </div>
      <p className="text-quiet">
        Their account at the provider is not touched: whoever signs in again is recorded again. Records the provider
        sends once more are recognised by their id and not taken in, as long as their event is kept; what is past its
        retention would be new, and go again within the hour.
      </p>
      {records.isErased ? (
        <p>Nothing in the store names them any more.</p>
      ) : records.holds.length > 0 ? (
        <p>A legal hold covers them, so nothing can be erased. Release it first, if you may.</p>
      ) : (
        <div>
          <ActButton
            label={`Erase ${countWords(records.events, { one: 'event', many: 'events' })}`}
            look="danger"
            title={`Erase what names ${name}`}
            text="It cannot be taken back, by nobody. The audit keeps that it was done, by whom and why, with the id alone: name nobody in the reason."
            url={`/api/v1/people/${records.id}/erasure`}
            method="POST"
            asksReason
            done="Erased. Nothing in the store names them any more."
          />
        </div>
      )}
    </div>
  );
}
