import type { Metadata } from 'next';
import { auditFilters } from '#app/filters.ts';
import { readListQuery, toParams } from '#app/list-query.ts';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Pages } from '#components/desk/pages.tsx';
import { SearchForm } from '#components/desk/search-form.tsx';
import { Empty } from '#components/ui/empty.tsx';
import { listAudit } from '#lib/audit/list-audit.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Audit' };
const outcomes = ['success', 'refused', 'failure'].map((value) => ({ value, label: value }));

export default async function AuditPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { actor } = await requireOperator('audit:read', '/audit');
  const query = readListQuery(toParams(await searchParams), auditFilters);
  const page = await pool('desk').inTenant(actor.tenantId, (tx) => listAudit(tx, actor.tenantId, query));
  return (
    <>
      <PageHeader
        title="Audit"
        counted={`${page.totalIsCapped ? 'more than ' : ''}${page.total.toLocaleString('en-US')} entries`}
      />
      <SearchForm
        path="/audit"
        query={query.given}
        placeholder="Action, actor, reason or target"
        choices={[{ name: 'outcome', label: 'Outcome', options: outcomes }]}
      />
      {page.rows.length === 0 ? (
        <Empty
          filtered={Object.keys(query.given).length > 0}
          none="Nothing was done yet. Everything anybody does here gets an entry."
        />
      ) : (
        <table className="list">
          <caption className="sr-only">Audit entries, latest first</caption>
          <thead>
            <tr>
              {['No.', 'When (UTC)', 'Action', 'Outcome', 'Who', 'Target', 'Reason', 'Hash'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {page.rows.map((row) => (
              <tr key={row.id}>
                <td data-label="No." className="font-mono">
                  {row.seq}
                </td>
                <td data-label="When" className="whitespace-nowrap font-mono text-[12px]">
                  {row.at.slice(0, 19).replace('T', ' ')}
                </td>
                <td data-label="Action">{row.action}</td>
                <td data-label="Outcome">{row.outcome}</td>
                <td data-label="Who">{safeText(row.actorLabel)}</td>
                <td data-label="Target" className="break-all">
                  {row.targetType ? `${row.targetType} ${row.targetId?.slice(0, 8)}…` : ''}
                </td>
                <td data-label="Reason">{safeText(row.reason ?? '')}</td>
                <td data-label="Hash" className="font-mono text-[12px]" title={row.hash}>
                  {row.hash.slice(0, 12)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Pages
        path="/audit"
        query={query.given}
        previous={page.previous}
        next={page.next}
        shown={page.rows.length}
        total={page.total}
        totalIsCapped={page.totalIsCapped}
      />
    </>
  );
}
