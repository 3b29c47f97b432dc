import { NoticeList } from '#components/staff/notice-list.tsx';
import type { NoticeRow } from '#lib/staff/outbox/list-notices.ts';

export function OwnNotices({ notices }: { notices: NoticeRow[] }) {
  return (
    <section aria-label="Notices to you" className="max-w-3xl">
      <NoticeList
        notices={notices}
        empty="Nothing was sent to you yet. Changes of your authenticators and unusual sign-ins appear here."
      />
    </section>
  );
}
