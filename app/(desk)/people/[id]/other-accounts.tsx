'use client';

import Link from 'next/link';
import { LinkAccountForm } from '#app/(desk)/people/[id]/link-account-form.tsx';
import { ActButton } from '#components/desk/act-button.tsx';
import { PersonLabel } from '#components/desk/labels.tsx';
import { Section } from '#components/desk/section.tsx';
import type { Column } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { LinkedPerson, LinksOfPerson } from '#lib/events/linked-people.ts';
import { safeText } from '#lib/model/safe-text.ts';

type Linked = LinksOfPerson['linked'][number];
const nameOf = (row: LinkedPerson) =>
  `${safeText(row.displayName ?? row.email ?? row.subject)} at ${safeText(row.provider)}`;

const columns: Column<Linked>[] = [
  {
    id: 'account',
    label: 'Account',
    cell: (row) => (
      <Link href={`/people/${row.id}`} className="hover:text-accent">
        <PersonLabel name={row.displayName} email={row.email} subject={row.subject} />
      </Link>
    ),
  },
  { id: 'provider', label: 'Provider', cell: (row) => safeText(row.provider) },
  {
    id: 'live',
    label: 'Living sessions',
    align: 'end',
    cell: (row) => (
      <Link className="text-accent underline" href={`/sessions?person=${row.id}&state=live,stale`}>
        {row.liveSessions.toLocaleString('en-US')}
      </Link>
    ),
  },
  { id: 'seen', label: 'Last seen', from: 'middle', cell: (row) => <RelativeTime at={row.lastSeenAt} /> },
  {
    id: 'why',
    label: 'Linked',
    from: 'middle',
    cell: (row) => (
      <>
        <RelativeTime at={row.linkedAt} /> by {safeText(row.linkedBy)}
        <span className="block text-quiet text-xs">{safeText(row.reason)}</span>
      </>
    ),
  },
];
const act: Column<Linked> = {
  id: 'acts',
  label: 'Act',
  align: 'end',
  cell: (row) => (
    <ActButton
      label="Unlink"
      title={`Unlink ${nameOf(row)}`}
      text="It is an account of its own again. No event, session or device changes."
      url={`/api/v1/people/${row.id}/links`}
      method="DELETE"
      asksReason
      done="Unlinked."
    />
  ),
};

/**
 * Accounts at other providers that somebody said are the same person's, and the lists of all of them together. Accounts with the same
 * e-mail address are offered; none is ever joined by itself.
 */
export function OtherAccounts({
  personId,
  name,
  links: { linked, suggested },
  mayLink,
}: {
  personId: string;
  name: string;
  links: LinksOfPerson;
  mayLink: boolean;
}) {
  if (linked.length === 0 && suggested.length === 0 && !mayLink) return null;
  const everybody = [personId, ...linked.map(({ id }) => id)].sort().join(',');
  return (
    <Section title="Other accounts of this person">
      {linked.length > 0 ? (
        <>
          <DataTable
            caption="Accounts linked to this one, latest seen first"
            columns={mayLink ? [...columns, act] : columns}
            page={{ ok: true, rows: linked, next: null, previous: null, total: linked.length, totalIsCapped: false }}
            rowId={({ id }) => id}
            rowLabel={nameOf}
            keys={false}
            filtered={false}
            noun={{ one: 'account', many: 'accounts' }}
            none={{ title: 'No other account' }}
          />
          <p className="mt-2 text-sm">
            Of all {linked.length + 1} accounts together:{' '}
            {(['sessions', 'events', 'devices', 'signals'] as const).map((list, at) => (
              <span key={list}>
                {at > 0 ? ', ' : ''}
                <Link className="text-accent underline" href={`/${list}?person=${everybody}`}>
                  {list}
                </Link>
              </span>
            ))}
          </p>
        </>
      ) : null}
      {suggested.length > 0 ? (
        <ul className="mt-2 flex flex-col gap-2 text-sm">
          {suggested.map((row) => (
            <li key={row.id} className="flex flex-wrap items-center gap-3">
              <span>
                <Link className="text-accent underline" href={`/people/${row.id}`}>
                  {nameOf(row)}
                </Link>{' '}
                has the same e-mail address and is not linked.
              </span>
              {mayLink ? (
                <ActButton
                  label="Link"
                  title={`Link ${nameOf(row)} to ${name}`}
                  text="An address can be given to somebody else, so be sure that both are one person’s. Lists and revocations can then be asked for both at once; nothing else changes."
                  url={`/api/v1/people/${personId}/links`}
                  method="POST"
                  body={{ other: row.id }}
                  asksReason
                  done="Linked."
                />
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
      {mayLink ? <LinkAccountForm personId={personId} /> : null}
    </Section>
  );
}
