import type { Metadata } from 'next';
import { HoldForm } from '#app/(desk)/settings/retention/hold-form.tsx';
import { HoldsTable } from '#app/(desk)/settings/retention/holds-table.tsx';
import { RulesTable } from '#app/(desk)/settings/retention/rules-table.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Section } from '#components/desk/section.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { Field, Select } from '#components/ui/field.tsx';
import { readRetention } from '#lib/events/read-retention.ts';
import { keepDaysMax } from '#lib/events/retention.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { eventTypes } from '#lib/model/event.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Retention' };

const typeOptions = [
  { value: '*', label: 'all others' },
  ...eventTypes.map((value) => ({ value, label: value.replaceAll('_', ' ') })),
];

/** How long events are kept, type by type, and what is kept whatever the rules say. */
export default async function RetentionPage() {
  const { actor } = await requireOperator('policies:manage', '/settings/retention');
  const { rules, holds, months } = await readingAs(actor).inTenant(actor.tenantId, (tx) =>
    readRetention(tx, actor.tenantId),
  );
  const inForce = holds.filter(({ releasedAt }) => releasedAt === null);
  return (
    <>
      <PageHeader
        title="Retention"
        counted={months ? `events stored by month, ${months.oldest} to ${months.newest}` : 'no event stored yet'}
      />
      <div className="flex flex-col gap-8">
        <Section title="How long events are kept">
          <p className="mb-3 max-w-3xl text-quiet text-sm">
            Every hour what is over goes for good, with the figures of people, sessions and devices that rested on it.
            Events that a legal hold covers, or that a signal still being worked on stands on, stay. Quarantined records
            go by the rule for all others, and not while any hold is in force. The audit is never shortened.
          </p>
          <RulesTable rules={rules} />
          <form action="/settings/retention/rule" className="mt-4 flex max-w-3xl flex-wrap items-end gap-3">
            <Select className="min-w-40 grow" label="Events of the type" name="type" options={typeOptions} />
            <Field
              className="w-32"
              label="Kept for days"
              name="days"
              type="number"
              inputMode="numeric"
              min={1}
              max={keepDaysMax}
              required
              defaultValue={365}
            />
            <Button type="submit">See what this takes away</Button>
          </form>
        </Section>
        <Section
          title="Legal holds"
          act={<Badge tone={inForce.length > 0 ? 'medium' : 'plain'}>{inForce.length} in force</Badge>}
        >
          <p className="mb-3 max-w-3xl text-quiet text-sm">
            While a hold is in force, neither retention nor an erasure touches what it covers. To hold or erase one
            person, open their page.
          </p>
          <HoldsTable holds={holds} />
          <HoldForm personId={null} label="Hold everything of this tenant" />
        </Section>
      </div>
    </>
  );
}
