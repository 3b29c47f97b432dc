'use client';

import Link from 'next/link';
import { ActButton } from '#components/desk/act-button.tsx';
import type { Column, Loaded } from '#components/table/columns.ts';
import { DataTable } from '#components/table/data-table.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { tokenFilter } from '#lib/model/filters/token-filter.ts';
import { safeText } from '#lib/model/safe-text.ts';
import type { TokenRow } from '#lib/staff/list-tokens.ts';

const tones = { active: 'good', expired: 'medium', revoked: 'plain' } as const;

const columns: Column<TokenRow>[] = [
  {
    id: 'token',
    label: 'Token',
    cell: (row) => (
      <>
        {safeText(row.name)}
        <span className="block text-quiet text-xs">by {safeText(row.createdBy)}</span>
      </>
    ),
  },
  { id: 'state', label: 'State', cell: (row) => <Badge tone={tones[row.state]}>{row.state}</Badge> },
  {
    id: 'scopes',
    label: 'May',
    from: 'middle',
    cell: (row) => (
      <span className="font-mono text-xs">
        {row.scopes.join(' ')}
        {row.provider ? ` (${safeText(row.provider)} alone)` : ''}
        {row.bound ? <span className="block font-sans text-quiet">with a proof by its own key alone</span> : null}
      </span>
    ),
  },
  {
    id: 'rate',
    label: 'A minute',
    align: 'end',
    from: 'wide',
    cell: (row) => row.requestsPerMinute.toLocaleString('en-US'),
  },
  {
    id: 'used',
    label: 'Last used',
    cell: (row) => (row.lastUsedAt ? <RelativeTime at={row.lastUsedAt} /> : <span className="text-quiet">never</span>),
  },
  {
    id: 'expires',
    label: 'Expires',
    from: 'middle',
    cell: (row) => (row.expiresAt ? <RelativeTime at={row.expiresAt} /> : <Badge tone="medium">never</Badge>),
  },
  {
    id: 'acts',
    label: 'Act',
    align: 'end',
    cell: (row) =>
      row.state === 'revoked' ? null : (
        <ActButton
          label="Revoke"
          look="danger"
          title={`Revoke ${safeText(row.name)}`}
          text="It is refused from the next request on. Whoever uses it needs a new one."
          url={`/api/v1/tokens/${row.id}`}
          method="DELETE"
          done={`${safeText(row.name)} is revoked.`}
        />
      ),
  },
];

export function TokensTable({ page, filtered }: { page: Promise<Loaded<TokenRow>>; filtered: boolean }) {
  return (
    <DataTable
      caption="Service tokens, newest first"
      columns={columns}
      page={page}
      rowId={({ id }) => id}
      rowLabel={({ name }) => safeText(name)}
      filtered={filtered}
      noun={tokenFilter.noun}
      none={{
        title: 'No machine has a token yet',
        text: 'A token lets a machine send events or read through the API. It proposes; people approve.',
        act: (
          <Link href="/settings/tokens/new" className={buttonClass('primary')}>
            Make a token
          </Link>
        ),
      }}
    />
  );
}
