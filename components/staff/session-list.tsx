import type { ReactNode } from 'react';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { safeText } from '#lib/model/safe-text.ts';

/** A desk session as it is listed. */
export type ListedSession = {
  id: string;
  name: string;
  email: string;
  way: string;
  createdAt: string;
  lastSeenAt: string;
  ip: string | null;
  userAgent: string | null;
};

const ways: Readonly<Record<string, string>> = {
  passkey: 'by passkey',
  enrolment: 'by enrolment',
  password: 'by password and code',
  federated: 'by a company account',
  recovery: 'by a recovery code',
};

/** Living sessions at the desk: where, since when, how they began. `people` names the operators too. */
export function SessionList<Row extends ListedSession>(props: {
  sessions: readonly Row[];
  current: string;
  people?: boolean;
  acts: (row: Row) => ReactNode;
}) {
  return (
    <ul className="divide-y divide-line rounded-md border border-line">
      {props.sessions.map((row) => (
        <li key={row.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2 text-sm">
          <div className="min-w-0 grow basis-64">
            {props.people ? (
              <span className="block font-medium">
                {safeText(row.name)} <span className="font-normal text-quiet">{safeText(row.email)}</span>
              </span>
            ) : null}
            <span className={props.people ? '' : 'font-medium'}>{deviceOf(row.userAgent)}</span>
            {row.id === props.current ? <span className="ml-2 text-accent text-xs">this session</span> : null}
            <span className="block text-quiet text-xs">
              {ways[row.way] ?? row.way} · since <RelativeTime at={row.createdAt} /> · active{' '}
              <RelativeTime at={row.lastSeenAt} />
            </span>
          </div>
          <span className="font-mono text-xs">{row.ip ?? 'unknown address'}</span>
          {props.acts(row)}
        </li>
      ))}
    </ul>
  );
}

/** "Chrome on Linux", as far as the user agent says. */
function deviceOf(userAgent: string | null): string {
  if (!userAgent) return 'Unknown browser';
  const browser = /Edg\//.test(userAgent)
    ? 'Edge'
    : /Firefox\//.test(userAgent)
      ? 'Firefox'
      : /Chrome\//.test(userAgent)
        ? 'Chrome'
        : /Safari\//.test(userAgent)
          ? 'Safari'
          : 'A browser';
  const system = /iPhone|iPad/.test(userAgent)
    ? 'iOS'
    : /Android/.test(userAgent)
      ? 'Android'
      : /Windows/.test(userAgent)
        ? 'Windows'
        : /Mac OS X/.test(userAgent)
          ? 'macOS'
          : /Linux/.test(userAgent)
            ? 'Linux'
            : 'an unknown system';
  return `${browser} on ${system}`;
}
