'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callDesk } from '#components/desk/call-desk.ts';
import { Section } from '#components/desk/section.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { Dialog, DialogClose } from '#components/ui/dialog.tsx';
import { Facts } from '#components/ui/facts.tsx';
import { TextArea } from '#components/ui/field.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { toast } from '#components/ui/toast.tsx';
import type { ReceiverView } from '#lib/events/sources/provider-detail.ts';
import { safeText } from '#lib/model/safe-text.ts';

/** A Shared Signals stream: what the transmitter needs, how it stands, and what was held over its cap. */
export function StreamSection({
  receiver,
  origin,
  mayManage,
}: {
  receiver: ReceiverView;
  origin: string;
  mayManage: boolean;
}) {
  const router = useRouter();
  const flip = async () => {
    const called = await callDesk('POST', `/api/v1/ssf/receivers/${receiver.id}/switch`, {
      enabled: !receiver.enabled,
    });
    toast(
      called.ok
        ? { text: receiver.enabled ? 'The stream is closed here.' : 'The stream is open again.' }
        : { tone: 'problem', text: called.message },
    );
    router.refresh();
  };
  return (
    <Section
      title="Shared Signals stream"
      act={
        mayManage ? (
          <Button onClick={flip}>{receiver.enabled ? 'Close the stream here' : 'Open the stream again'}</Button>
        ) : undefined
      }
    >
      {receiver.managed && mayManage ? <AtTransmitter receiver={receiver} /> : null}
      {receiver.held > 0 ? <Held receiver={receiver} mayManage={mayManage} /> : null}
      <Facts
        facts={[
          {
            label: 'Delivery',
            value: receiver.delivery === 'push' ? 'push (RFC 8935)' : 'poll (RFC 8936)',
          },
          {
            label: 'Address',
            value: <Copyable text={`${origin}/api/v1/ssf/receivers/${receiver.id}`} what="address" />,
          },
          { label: 'Audience', value: <Copyable text={receiver.audience} what="audience" /> },
          { label: 'Issuer', value: <span className="break-all">{safeText(receiver.issuer)}</span> },
          {
            label: 'Keys',
            value: receiver.jwksUri ? <span className="break-all">{safeText(receiver.jwksUri)}</span> : 'given by hand',
          },
          {
            label: 'Header',
            value: receiver.authorized ? 'an Authorization header is required' : 'none; the signature is the proof',
          },
          {
            label: 'Transmitter',
            value: (
              <>
                {receiver.transmitterStatus}
                {receiver.transmitterReason ? `: ${safeText(receiver.transmitterReason)}` : ''}
              </>
            ),
          },
          { label: 'Verified', value: receiver.verifiedAt ? <RelativeTime at={receiver.verifiedAt} /> : 'not yet' },
          {
            label: 'Cap',
            value: `${receiver.subjectsMax} people in ${receiver.windowMinutes} minutes, then the rest is held`,
          },
        ]}
      />
    </Section>
  );
}

type StreamAct = 'create' | 'remove' | 'status' | 'pause' | 'enable' | 'verify';

/** What can be asked of the transmitter; its answer is shown in its own words. */
function AtTransmitter({ receiver }: { receiver: ReceiverView }) {
  const router = useRouter();
  const [working, setWorking] = useState(false);
  const ask = async (act: StreamAct) => {
    setWorking(true);
    const called = await callDesk<{ detail: string }>('POST', `/api/v1/ssf/receivers/${receiver.id}/stream`, { act });
    setWorking(false);
    toast(called.ok ? { text: called.answer.detail } : { tone: 'problem', text: called.message });
    router.refresh();
  };
  const acts: readonly [StreamAct, string][] = receiver.madeThere
    ? [
        ['verify', 'Verify it'],
        ['status', 'Ask how it stands'],
        receiver.transmitterStatus === 'enabled' ? ['pause', 'Pause it'] : ['enable', 'Enable it'],
        ['remove', 'Remove it there'],
      ]
    : [['create', 'Make the stream at the transmitter']];
  return (
    <div className="mb-3 flex flex-wrap gap-2">
      {acts.map(([act, label]) => (
        <Button key={act} look={act === 'remove' ? 'danger' : 'secondary'} disabled={working} onClick={() => ask(act)}>
          {label}
        </Button>
      ))}
    </div>
  );
}

function Held({ receiver, mayManage }: { receiver: ReceiverView; mayManage: boolean }) {
  const router = useRouter();
  const [deciding, setDeciding] = useState<'release' | 'drop' | null>(null);
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState('');
  const decide = async () => {
    const called = await callDesk<{ decided: number }>('POST', `/api/v1/ssf/receivers/${receiver.id}/held`, {
      decision: deciding,
      reason,
    });
    if (!called.ok) return setProblem(called.message);
    toast({ text: `${called.answer.decided} ${deciding === 'release' ? 'released' : 'dropped'}.` });
    setDeciding(null);
    router.refresh();
  };
  return (
    <div role="alert" className="mb-4 rounded-md border border-critical p-3 text-sm">
      <p>
        <Badge tone="critical">Held</Badge> {receiver.held.toLocaleString('en-US')} revoking{' '}
        {receiver.held === 1 ? 'event is' : 'events are'} over the cap. Nothing follows from them until a person
        decides.
      </p>
      {mayManage ? (
        <div className="mt-2 flex gap-2">
          <Button onClick={() => setDeciding('release')}>Release them</Button>
          <Button look="danger" onClick={() => setDeciding('drop')}>
            Drop them
          </Button>
        </div>
      ) : null}
      <Dialog
        open={deciding !== null}
        onOpenChange={(open) => (open ? undefined : setDeciding(null))}
        title={deciding === 'release' ? 'Release what is held?' : 'Drop what is held?'}
        description={
          deciding === 'release'
            ? 'The events are believed from now on. Ask the transmitter first whether it meant them.'
            : 'The tokens stay as evidence, but no event is made of them.'
        }
        acts={
          <>
            <DialogClose>Not now</DialogClose>
            <Button
              look={deciding === 'drop' ? 'danger' : 'primary'}
              disabled={reason.trim().length < 3}
              onClick={decide}
            >
              {deciding === 'release' ? 'Release' : 'Drop'} {receiver.held.toLocaleString('en-US')}
            </Button>
          </>
        }
      >
        <TextArea
          label="Reason"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          hint="It stays in the audit."
        />
        <p role="alert" className="text-critical text-sm empty:hidden">
          {problem}
        </p>
      </Dialog>
    </div>
  );
}
