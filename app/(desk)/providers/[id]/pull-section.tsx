'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callDesk } from '#components/desk/call-desk.ts';
import { Section } from '#components/desk/section.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { toast } from '#components/ui/toast.tsx';
import type { ProviderDetail, PullView } from '#lib/events/sources/provider-detail.ts';
import { safeText } from '#lib/model/safe-text.ts';

/** The logs that Gatehouse fetches by itself. */
export function PullSection({ provider, mayManage }: { provider: ProviderDetail; mayManage: boolean }) {
  const logs = provider.logs.map(({ name }) => name).join(', ');
  return (
    <Section title="Pull: logs fetched from there">
      {provider.pulls.length === 0 ? (
        <p className="text-quiet text-sm">
          {provider.logs.length === 0
            ? 'This kind of provider has no log that Gatehouse can fetch. Send its records here.'
            : `Nothing is fetched. Connect the provider to choose among: ${logs}.`}
        </p>
      ) : (
        <ul className="flex flex-col gap-3 text-sm">
          {provider.pulls.map((pull) => (
            <Pull key={pull.id} pull={pull} mayManage={mayManage} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function Pull({ pull, mayManage }: { pull: PullView; mayManage: boolean }) {
  const router = useRouter();
  const [working, setWorking] = useState(false);
  const steer = async (act: 'now' | 'stop' | 'start', said: string) => {
    setWorking(true);
    const called = await callDesk('PATCH', `/api/v1/provider-pulls/${pull.id}`, { act });
    setWorking(false);
    toast(called.ok ? { text: said } : { tone: 'problem', text: called.message });
    router.refresh();
  };
  return (
    <li className="flex flex-wrap items-start justify-between gap-2">
      <div className="min-w-0">
        <span className="font-medium">{pull.name}</span>{' '}
        {pull.enabled ? (
          <Badge tone={pull.failures > 0 ? 'critical' : 'good'}>{pull.failures > 0 ? 'Failing' : 'Fetched'}</Badge>
        ) : (
          <Badge>Off</Badge>
        )}
        <span className="block text-quiet text-xs">
          {pull.lastOkAt ? (
            <>
              read to its end <RelativeTime at={pull.lastOkAt} />
            </>
          ) : (
            'not read to its end yet'
          )}
        </span>
        {pull.failures > 0 && pull.lastError ? (
          <span className="block text-critical text-xs">
            {safeText(pull.lastError)} Tried {pull.failures} {pull.failures === 1 ? 'time' : 'times'}; again{' '}
            <RelativeTime at={pull.nextAt} />
          </span>
        ) : null}
      </div>
      {mayManage ? (
        <div className="flex gap-2">
          {pull.enabled ? (
            <>
              <Button disabled={working} onClick={() => steer('now', `${pull.name} is looked at now.`)}>
                Look now
              </Button>
              <Button
                look="quiet"
                disabled={working}
                onClick={() => steer('stop', `${pull.name} is not fetched any more.`)}
              >
                Stop
              </Button>
            </>
          ) : (
            <Button disabled={working} onClick={() => steer('start', `${pull.name} is fetched again.`)}>
              Start
            </Button>
          )}
        </div>
      ) : null}
    </li>
  );
}
