import type { Metadata } from 'next';
import { HardwareKeys } from '#app/(desk)/settings/break-glass/hardware-keys.tsx';
import { SealForm } from '#app/(desk)/settings/break-glass/seal-form.tsx';
import { ActButton } from '#components/desk/act-button.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Badge, type Tone } from '#components/ui/badge.tsx';
import { Facts } from '#components/ui/facts.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { readBreakGlass } from '#lib/staff/break-glass.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Break-glass' };

const tones: Record<string, Tone> = { none: 'high', sealed: 'good', open: 'critical', used: 'high' };
const words: Record<string, string> = {
  none: 'there is none',
  sealed: 'sealed',
  open: 'OPEN',
  used: 'used, not sealed anew',
};

export default async function BreakGlassPage() {
  const { actor } = await requireOperator('staff:read', '/settings/break-glass');
  const account = await readingAs(actor).inTenant(actor.tenantId, (tx) => readBreakGlass(tx, actor.tenantId));
  const manages = actor.permissions.has('staff:manage');
  return (
    <>
      <PageHeader
        title="Break-glass"
        counted={<Badge tone={tones[account.state] ?? 'plain'}>{words[account.state]}</Badge>}
      >
        {manages && account.state !== 'none' ? (
          <ActButton
            label="Remove"
            look="danger"
            title="Remove the break-glass account"
            text="Refused when it is the last way in: two administrators with a passkey must be left."
            url="/api/v1/break-glass"
            method="DELETE"
            done="The break-glass account is removed."
          />
        ) : null}
      </PageHeader>
      <p className="mb-4 max-w-3xl text-quiet text-sm">
        A sealed account for the day no administrator can sign in. Two people hold a half of its code each; together
        they open it at <code>/sign-in/break-glass</code> for an hour, or one of its hardware keys does. Opening raises
        a critical signal and tells everybody. Once used it is sealed anew.
      </p>
      {account.state === 'none' ? null : (
        <Facts
          className="mb-6 max-w-2xl"
          facts={[
            { label: 'Halves held by', value: account.holders.map(safeText).join(' and ') },
            { label: 'Sealed', value: account.sealedAt ? <RelativeTime at={account.sealedAt} /> : null },
            { label: 'By', value: safeText(account.sealedBy ?? '') },
            ...(account.openedUntil
              ? [
                  { label: 'Open until', value: <RelativeTime at={account.openedUntil} /> },
                  { label: 'Opened with', value: safeText(account.openedWith ?? '') },
                  { label: 'Reason', value: safeText(account.reason ?? '') },
                ]
              : []),
          ]}
        />
      )}
      {manages ? <SealForm again={account.state !== 'none'} /> : null}
      {account.state === 'none' ? null : (
        <div className="mt-8">
          <HardwareKeys keys={account.keys} me={actor.id} manages={manages} />
        </div>
      )}
    </>
  );
}
