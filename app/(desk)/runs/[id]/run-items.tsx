'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { deskFetch } from '#components/desk/desk-fetch.ts';
import { Badge, type Tone } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { Failed } from '#components/ui/empty.tsx';
import { Select } from '#components/ui/field.tsx';
import type { ItemRow } from '#lib/execution/read-run.ts';
import { itemWords } from '#lib/model/item-words.ts';
import { type ItemState, itemStates, type ProposalKind } from '#lib/model/operations.ts';
import { safeText } from '#lib/model/safe-text.ts';

const pageSize = 50;
const tones: Record<ItemState, Tone> = {
  planned: 'plain',
  sending: 'accent',
  confirmed: 'accent',
  verified: 'good',
  failed: 'critical',
  unknown: 'medium',
  skipped: 'high',
};

/**
 * The items of a run in their order, of one state when asked: every number above can be followed to its rows. While the first page
 * is shown it is read again whenever `reading` changes.
 */
export function RunItems({ runId, kind, reading }: { runId: string; kind: ProposalKind; reading: string }) {
  const words = itemWords(kind);
  const [state, setState] = useState('');
  const [rows, setRows] = useState<ItemRow[]>([]);
  const [next, setNext] = useState<number | null>(null);
  const [status, setStatus] = useState<'loading' | 'ready' | 'failed'>('loading');
  const load = useCallback(
    async (after: number, before: ItemRow[]) => {
      setStatus('loading');
      const params = new URLSearchParams({
        after: String(after),
        limit: String(pageSize),
        ...(state ? { state } : {}),
      });
      const answer = await deskFetch(`/api/v1/runs/${runId}/items?${params}`).catch(() => null);
      if (!answer?.ok) return setStatus('failed');
      const page = (await answer.json()) as { data: ItemRow[]; next: number | null };
      setRows([...before, ...page.data]);
      setNext(page.next);
      setStatus('ready');
    },
    [runId, state],
  );
  const shown = useRef(0);
  shown.current = rows.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another reading of the run is the reason to read anew
  useEffect(() => {
    if (shown.current <= pageSize) void load(0, []);
  }, [load, reading]);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-end gap-2">
        <Select
          label="State"
          value={state}
          onChange={(event) => setState(event.target.value)}
          options={[{ value: '', label: 'Any' }, ...itemStates.map((value) => ({ value, label: words[value].label }))]}
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
                    <Badge tone={tones[row.state]}>{words[row.state].label}</Badge>
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
              {state ? 'No item is in this state.' : 'The worker has not begun; the items appear here when it does.'}
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
