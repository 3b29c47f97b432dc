import { RelativeTime } from '#components/ui/relative-time.tsx';
import { safeText } from '#lib/model/safe-text.ts';

/** A notice as it is listed. */
export type ListedNotice = {
  id: string;
  address: string;
  subject: string;
  body: string;
  createdAt: string;
  state: string;
  error: string | null;
};

const states: Readonly<Record<string, string>> = {
  waiting: 'waits to be sent',
  sending: 'is being sent',
  sent: 'sent by mail',
  failed: 'could not be sent',
  shown: 'not mailed: no mail server is configured',
};

/** Notices, newest first, each opening to its words. */
export function NoticeList({ notices, empty }: { notices: readonly ListedNotice[]; empty: string }) {
  if (notices.length === 0) return <p className="text-quiet">{empty}</p>;
  return (
    <ul className="divide-y divide-line rounded-md border border-line">
      {notices.map((notice) => (
        <li key={notice.id}>
          <details className="px-3 py-2 text-sm">
            <summary className="cursor-pointer">
              <span className="font-medium">{safeText(notice.subject)}</span>
              <span className="block pl-4 text-quiet text-xs">
                to {safeText(notice.address)} · <RelativeTime at={notice.createdAt} /> ·{' '}
                <span className={notice.state === 'failed' ? 'text-critical' : ''}>
                  {states[notice.state] ?? notice.state}
                  {notice.error ? ` (${notice.error})` : ''}
                </span>
              </span>
            </summary>
            <p className="mt-2 whitespace-pre-wrap border-line border-l-2 pl-3">{safeText(notice.body)}</p>
          </details>
        </li>
      ))}
    </ul>
  );
}
