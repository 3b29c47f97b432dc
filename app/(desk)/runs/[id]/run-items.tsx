'use client';

import { useCallback, useEffect, useState } from 'react';
import { deskFetch } from '#components/desk/desk-fetch.ts';
import { Badge, type Tone } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { Failed } from '#components/ui/empty.tsx';
import { Select } from '#components/ui/field.tsx';
import type { ItemRow } from '#lib/execution/read-run.ts';
import { type ItemState, itemStates } from '#lib/model/operations.ts';
import { itemStateWords } from '#lib/model/revocation.ts';
import { safeText } from '#lib/model/safe-text.ts';

const tones: Record<ItemState, Tone> = {
  planned: 'plain',
  sending: 'accent',
  confirmed: 'accent',
  verified: 'good',
  failed: 'critical',
  unknown: 'medium',
  skipped: 'high',
};

/** The items of a run in their order, of one state when asked: every number above can be followed to its rows. */
export function RunItems({ runId }: { runId: string }) {
  const [state, setState] = useState('');
  const [rows, setRows] = useState<ItemRow[]>([]);
  const [next, setNext] = useState<number | null>(null);
  const [status, setStatus] = useState<'loading' | 'ready' | 'failed'>('loading');
  const load = useCallback(
    async (after: number, before: ItemRow[]) => {
      setStatus('loading');
      const params = new URLSearchParams({ after: String(after), limit: '50', ...(state ? { state } : {}) });
      const answer = await deskFetch(`/api/v1/runs/${runId}/items?${params}`).catch(() => null);
      if (!answer?.ok) return setStatus('failed');
      const page = (await answer.json()) as { data: ItemRow[]; next: number | null };
      setRows([...before, ...page.data]);
      setNext(page.next);
      setStatus('ready');
    },
    [runId, state],
  );
  useEffect(() => void load(0, []), [load]);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-end gap-2">
        <Select
          label="State"
          value={state}
          onChange={(event) => setState(event.target.value)}
          options={[
            { value: '', label: 'Any' },
            ...itemStates.map((value) => ({ value, label: itemStateWords[value].label })),
          ]}
        />
        <Button onClick={() => load(0, [])}>Read again</Button>
      </div>
      {status === 'failed' ? (
        <Failed what="The items" again={<Button onClick={() => load(0, [])}>Try again</Button>} />
      ) : (
        <div className="list-frame" aria-busy={status === 'loading'}>
          <table className="list">
            <caption className="sr-only">Items of this run</caption>
            <thead>
              <tr>
                {['Who or what', 'State', 'Provider', 'Attempts', 'What went wrong'].map((name) => (
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
                    <span className="block break-all font-mono text-quiet text-xs">{safeText(row.reference)}</span>
                  </td>
                  <td data-label="State">
                    <Badge tone={tones[row.state]}>{itemStateWords[row.state].label}</Badge>
                  </td>
                  <td data-label="Provider">{safeText(row.provider ?? 'Gatehouse')}</td>
                  <td data-label="Attempts" className="tabular-nums">
                    {row.attempts}
                  </td>
                  <td data-label="What went wrong">
                    {row.error ? safeText(row.error) : <span className="text-quiet">nothing</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {status === 'ready' && rows.length === 0 ? (
            <p className="py-4 text-quiet text-sm">
              {state ? 'No item is in this state.' : 'No item has been made yet.'}
            </p>
          ) : null}
        </div>
      )}
      {next !== null && status === 'ready' ? (
        <Button className="self-start" onClick={() => load(next, rows)}>
          Show more
        </Button>
      ) : null}
    </div>
  );
}
