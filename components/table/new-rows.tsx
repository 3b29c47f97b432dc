'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState, useTransition } from 'react';
import { deskFetch } from '#components/desk/desk-fetch.ts';
import { type Topic, useHints } from '#components/shell/live.ts';
import { Button } from '#components/ui/button.tsx';

/**
 * "12 new": rows are never moved under somebody who reads. When a hint comes, the list is asked what stands above its first row;
 * showing it is the reader's act. `api`: the list's own address with its filter; asking does not keep the session alive.
 */
export function NewRows({ topics, api, firstId }: { topics: readonly Topic[]; api: string; firstId: string | null }) {
  const router = useRouter();
  const [news, setNews] = useState('');
  const [drawing, startDrawing] = useTransition();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has other news
  useEffect(() => setNews(''), [api, firstId]);
  useHints(topics, async () => {
    const answer = await deskFetch(api, { headers: { 'X-Gatehouse-Background': '1' } }).catch(() => null);
    const said = answer?.ok ? ((await answer.json()) as { data: { id: string }[]; next: string | null }) : null;
    if (!said) return;
    const at = said.data.findIndex(({ id }) => id === firstId);
    const count = at === -1 ? said.data.length : at;
    if (count > 0) setNews(at === -1 && said.next ? `More than ${count} new` : `${count.toLocaleString('en-US')} new`);
  });
  return (
    <span role="status">
      {news ? (
        <Button look="primary" disabled={drawing} onClick={() => startDrawing(() => router.refresh())}>
          {news}
          <span className="sr-only">, show</span>
        </Button>
      ) : null}
    </span>
  );
}

/** The same for a page of figures: something came in; showing it is the reader's act. */
export function NewData({ topics }: { topics: readonly Topic[] }) {
  const router = useRouter();
  const [isNew, setNew] = useState(false);
  const [drawing, startDrawing] = useTransition();
  useHints(topics, () => setNew(true));
  const show = () =>
    startDrawing(() => {
      router.refresh();
      setNew(false);
    });
  return (
    <span role="status">
      {isNew ? (
        <Button disabled={drawing} onClick={show}>
          Newer figures
          <span className="sr-only">, show</span>
        </Button>
      ) : null}
    </span>
  );
}
