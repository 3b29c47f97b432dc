import type { Metadata } from 'next';
import { PageHeader } from '#components/desk/page-header.tsx';
import { NoticeList } from '#components/staff/notice-list.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';
import { listNotices } from '#lib/staff/outbox/list-notices.ts';

export const metadata: Metadata = { title: 'Notices' };

/** What this tenant's outbox holds. Where no mail server is configured, this is where notices are read and passed on. */
export default async function NoticesPage() {
  const { actor } = await requireOperator('staff:manage', '/settings/notices');
  const notices = await readingAs(actor).inTenant(actor.tenantId, (tx) => listNotices(tx, actor.tenantId, 'everybody'));
  return (
    <>
      <PageHeader title="Notices" counted="the newest 100" />
      <div className="max-w-3xl">
        <NoticeList
          notices={notices}
          empty="Nothing was written yet. Changes of authenticators, unusual sign-ins and recoveries appear here."
        />
      </div>
    </>
  );
}
