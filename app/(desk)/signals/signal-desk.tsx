import { ArrowLeft } from 'lucide-react';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { Suspense } from 'react';
import { Attribution } from '#app/(desk)/attribution.tsx';
import { loadList } from '#app/(desk)/load-list.ts';
import { SignalDetail } from '#app/(desk)/signals/signal-detail.tsx';
import { SignalQueue } from '#app/(desk)/signals/signal-queue.tsx';
import { SignalViews } from '#app/(desk)/signals/signal-views.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { KeepFilter } from '#components/table/keep-filter.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { Loading } from '#components/ui/empty.tsx';
import type { Actor } from '#lib/kernel/actor.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { filterToParams } from '#lib/model/filter.ts';
import { signalFilter } from '#lib/model/filters/signal-filter.ts';
import { listSignals } from '#lib/signals/list-signals.ts';
import { readSignal } from '#lib/signals/read-signal.ts';

/**
 * The queue and one signal beside it. On wide screens both, the first signal opens by itself; on narrow ones the queue, or the
 * signal that was chosen. The address holds the filter and the choice.
 */
export async function SignalDesk({
  actor,
  search,
  chosenId,
}: {
  actor: Actor;
  search: Record<string, string | string[] | undefined>;
  chosenId: string | null;
}) {
  const request = readScreenRequest(search, signalFilter, actor);
  const page = await loadList(
    readingAs(actor).inTenant(actor.tenantId, (tx) => listSignals(tx, actor.tenantId, request, actor.id)),
  );
  const ids = page.ok ? page.rows.map(({ id }) => id) : [];
  const shownId = chosenId ?? ids[0] ?? null;
  const query = new URLSearchParams(filterToParams(request.conditions, signalFilter)).toString();
  return (
    <>
      <div className={chosenId ? 'max-lg:hidden' : ''}>
        <PageHeader title="Signals" counted={<SignalViews actor={actor} current={query} />} />
        <FilterBar declaration={signalFilter} filter={request.conditions} problems={request.problems} path="/signals">
          <KeepFilter list="signals" filter={request.conditions} formats={['ndjson', 'csv']} />
        </FilterBar>
      </div>
      {chosenId ? (
        <Link href={`/signals${query ? `?${query}` : ''}`} className={buttonClass('quiet', '-ml-3 mb-2 lg:hidden')}>
          <ArrowLeft size={14} aria-hidden="true" />
          Queue
        </Link>
      ) : null}
      <div className="lg:grid lg:grid-cols-[minmax(300px,2fr)_5fr] lg:border-line lg:border-t">
        <div
          className={`lg:sticky lg:top-12 lg:max-h-[calc(100dvh-48px)] lg:self-start lg:overflow-y-auto lg:border-line lg:border-r lg:pr-px lg:pb-4 ${chosenId ? 'max-lg:hidden' : ''}`}
        >
          <SignalQueue page={page} filtered={request.conditions.length > 0} currentId={shownId} />
        </div>
        <div className={`min-w-0 lg:py-4 lg:pl-6 ${chosenId ? '' : 'max-lg:hidden'}`}>
          {shownId ? (
            <Suspense key={shownId} fallback={<Loading rows={12} />}>
              <Shown actor={actor} id={shownId} ids={ids} query={query} />
            </Suspense>
          ) : null}
          <Attribution />
        </div>
      </div>
    </>
  );
}

async function Shown({ actor, id, ids, query }: { actor: Actor; id: string; ids: string[]; query: string }) {
  const reading = await readingAs(actor).inTenant(actor.tenantId, (tx) => readSignal(tx, actor.tenantId, id));
  if (!reading) notFound();
  return <SignalDetail reading={reading} actor={actor} ids={ids} query={query} />;
}
