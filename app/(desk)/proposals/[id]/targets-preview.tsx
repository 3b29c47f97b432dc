'use client';

import { useCallback, useEffect, useState } from 'react';
import { deskFetch } from '#components/desk/desk-fetch.ts';
import { Button } from '#components/ui/button.tsx';
import { Failed } from '#components/ui/empty.tsx';
import type { TargetRow } from '#lib/approvals/read-proposal.ts';
import { safeText } from '#lib/model/safe-text.ts';

type Page = { data: TargetRow[]; next: number | null };

/** The frozen targets, searchable, a page at a time in their order. */
export function TargetsPreview({ proposalId, total }: { proposalId: string; total: number }) {
  const [rows, setRows] = useState<TargetRow[]>([]);
  const [next, setNext] = useState<number | null>(0);
  const [q, setQ] = useState('');
  const [state, setState] = useState<'loading' | 'ready' | 'failed'>('loading');
  const load = useCallback(
    async (after: number, search: string, before: TargetRow[]) => {
      setState('loading');
      const params = new URLSearchParams({ after: String(after), limit: '50', ...(search ? { q: search } : {}) });
      const answer = await deskFetch(`/api/v1/proposals/${proposalId}/targets?${params}`).catch(() => null);
      if (!answer?.ok) return setState('failed');
      const page = (await answer.json()) as Page;
      setRows([...before, ...page.data]);
      setNext(page.next);
      setState('ready');
    },
    [proposalId],
  );
  useEffect(() => {
    const soon = setTimeout(() => void load(0, q, []), q ? 250 : 0);
    return () => clearTimeout(soon);
  }, [load, q]);
  return (
    <div className="flex flex-col gap-2">
      {total > 1 ? (
        <input
          className="control max-w-sm"
          aria-label="Search the frozen targets"
          placeholder={`Search among ${total.toLocaleString('en-US')}`}
          value={q}
          onChange={(event) => setQ(event.target.value)}
        />
      ) : null}
      {state === 'failed' ? (
        <Failed what="The targets" again={<Button onClick={() => load(0, q, [])}>Try again</Button>} />
      ) : (
        <section
          className="list-frame max-h-96 overflow-y-auto [--desk-top:0px]"
          aria-label="Frozen targets"
          aria-busy={state === 'loading'}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling part is scrolled by the keyboard (WCAG 2.1.1)
          tabIndex={0}
        >
          <table className="list">
            <caption className="sr-only">Frozen targets in their order</caption>
            <thead>
              <tr>
                {['Who or what', 'Provider', 'Id at the provider'].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.position}>
                  <td data-label="Who or what" data-first="true">
                    {safeText(row.label)}
                  </td>
                  <td data-label="Provider">{safeText(row.provider ?? 'Gatehouse')}</td>
                  <td data-label="Id at the provider">
                    <span className="break-all font-mono text-xs">{safeText(row.reference)}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {state === 'ready' && rows.length === 0 ? <p className="py-4 text-quiet text-sm">None matches.</p> : null}
        </section>
      )}
      {next !== null && state === 'ready' ? (
        <Button className="self-start" onClick={() => load(next, q, rows)}>
          Show more
        </Button>
      ) : null}
    </div>
  );
}
