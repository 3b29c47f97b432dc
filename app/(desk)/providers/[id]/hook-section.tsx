'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { OnceShown } from '#app/(desk)/providers/once-shown.tsx';
import { callDesk } from '#components/desk/call-desk.ts';
import { Section } from '#components/desk/section.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { toast } from '#components/ui/toast.tsx';
import type { HookView, ProviderDetail } from '#lib/events/sources/provider-detail.ts';
import { safeText } from '#lib/model/safe-text.ts';

/** Doors for the provider's own push: Okta event hooks, Auth0 log streams. */
export function HookSection({ provider, mayManage }: { provider: ProviderDetail; mayManage: boolean }) {
  const router = useRouter();
  const [made, setMade] = useState<{ address: string; authorization: string } | null>(null);
  const [working, setWorking] = useState(false);
  const name = provider.hookKind === 'okta-event-hook' ? 'event hook' : 'log stream';
  const make = async () => {
    setWorking(true);
    const called = await callDesk<{ address: string; authorization: string }>(
      'POST',
      `/api/v1/providers/${provider.id}/hooks`,
    );
    setWorking(false);
    if (called.ok) setMade(called.answer);
    else toast({ tone: 'problem', text: called.message });
    router.refresh();
  };
  return (
    <Section
      title={provider.hookKind === 'okta-event-hook' ? 'Okta event hooks' : 'Auth0 log streams'}
      act={
        mayManage ? (
          <Button disabled={working} onClick={make}>
            Open a door for a{name.startsWith('e') ? 'n' : ''} {name}
          </Button>
        ) : undefined
      }
    >
      {provider.hooks.length === 0 ? (
        <p className="text-quiet text-sm">No {name} delivers here.</p>
      ) : (
        <ul className="flex flex-col gap-2 text-sm">
          {provider.hooks.map((hook) => (
            <Hook key={hook.id} hook={hook} mayManage={mayManage} />
          ))}
        </ul>
      )}
      <OnceShown
        open={made !== null}
        onClose={() => setMade(null)}
        title={`The door for the ${name} is open`}
        values={
          made
            ? [
                { label: 'Address', value: made.address },
                { label: 'Authorization header', value: made.authorization },
              ]
            : []
        }
      />
    </Section>
  );
}

function Hook({ hook, mayManage }: { hook: HookView; mayManage: boolean }) {
  const router = useRouter();
  const close = async () => {
    const called = await callDesk('DELETE', `/api/v1/hooks/${hook.id}`);
    toast(
      called.ok
        ? { text: 'The door is closed. The next delivery is refused.' }
        : { tone: 'problem', text: called.message },
    );
    router.refresh();
  };
  return (
    <li className="flex flex-wrap items-center justify-between gap-2">
      <span>
        made <RelativeTime at={hook.createdAt} /> by {safeText(hook.createdBy)}{' '}
        {hook.kind === 'okta-event-hook' && !hook.verifiedAt ? <Badge tone="medium">Not verified yet</Badge> : null}
        <span className="block text-quiet text-xs">
          {hook.lastReceivedAt ? (
            <>
              last delivery <RelativeTime at={hook.lastReceivedAt} />
            </>
          ) : (
            'no delivery yet'
          )}
        </span>
      </span>
      {mayManage ? (
        <Button look="danger" onClick={close}>
          Close this door
        </Button>
      ) : null}
    </li>
  );
}
