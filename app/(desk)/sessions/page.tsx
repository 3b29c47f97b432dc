import type { Metadata } from 'next';
import { Attribution } from '#app/(desk)/attribution.tsx';
import { RevokeButton } from '#app/(desk)/sessions/revoke-button.tsx';
import { sessionFilters } from '#app/filters.ts';
import { readListQuery, toParams } from '#app/list-query.ts';
import { PersonLabel, PlaceLabel } from '#components/desk/labels.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Pages } from '#components/desk/pages.tsx';
import { SearchForm } from '#components/desk/search-form.tsx';
import { Empty } from '#components/ui/empty.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { listSessions } from '#lib/events/list-sessions.ts';
import { now } from '#lib/kernel/clock.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Sessions' };
const states = ['live', 'stale', 'ended', 'revoked'].map((value) => ({ value, label: value }));

export default async function SessionsPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { actor } = await requireOperator('sessions:read', '/sessions');
  const query = readListQuery(toParams(await searchParams), sessionFilters);
  const page = await pool('desk').inTenant(actor.tenantId, (tx) => listSessions(tx, actor.tenantId, query));
  const at = now().toISOString();
  const mayRevoke = actor.permissions.has('revocations:propose');
  return (
    <>
      <PageHeader
        title="Sessions"
        counted={`${page.totalIsCapped ? 'more than ' : ''}${page.total.toLocaleString('en-US')}`}
      />
      <SearchForm
        path="/sessions"
        query={query.given}
        placeholder="Name, e-mail or session id"
        choices={[{ name: 'state', label: 'State', options: states }]}
      />
      {page.rows.length === 0 ? (
        <Empty
          filtered={Object.keys(query.given).length > 0}
          none="No session has been reported yet. Sessions appear here with the first sign-ins a provider sends."
        />
      ) : (
        <table className="list">
          <caption className="sr-only">Sessions, latest seen first</caption>
          <thead>
            <tr>
              {['Person', 'State', 'Place', 'Device', 'Applications', 'Provider', 'Last seen', 'Started'].map(
                (name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ),
              )}
              {mayRevoke ? <th scope="col">Act</th> : null}
            </tr>
          </thead>
          <tbody>
            {page.rows.map((row) => (
              <tr key={row.id}>
                <td data-label="Person">
                  <PersonLabel name={row.personName} email={row.personEmail} subject={row.personSubject} />
                </td>
                <td data-label="State">{row.state}</td>
                <td data-label="Place">
                  <PlaceLabel city={row.city} country={row.country} ip={row.ip} />
                </td>
                <td data-label="Device">{safeText(row.deviceLabel ?? 'Unknown device')}</td>
                <td data-label="Applications">{safeText(row.clients.join(', '))}</td>
                <td data-label="Provider">{row.providerName}</td>
                <td data-label="Last seen">
                  <RelativeTime at={row.lastSeenAt} now={at} />
                </td>
                <td data-label="Started">
                  <RelativeTime at={row.startedAt} now={at} />
                </td>
                {mayRevoke ? (
                  <td data-label="Act">
                    <RevokeButton
                      sessionId={row.id}
                      who={safeText(row.personName ?? row.personEmail ?? 'this session')}
                      ended={row.endedAt !== null}
                      revocation={row.revocation}
                    />
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Pages
        path="/sessions"
        query={query.given}
        previous={page.previous}
        next={page.next}
        shown={page.rows.length}
        total={page.total}
        totalIsCapped={page.totalIsCapped}
      />
      <Attribution />
    </>
  );
}
