'use client';

import type { FormEvent, KeyboardEvent } from 'react';
import type { Decision } from '#app/(desk)/signals/decision-bar.tsx';
import { Button } from '#components/ui/button.tsx';
import { Dialog, DialogClose } from '#components/ui/dialog.tsx';
import { Field } from '#components/ui/field.tsx';
import { Keys } from '#components/ui/keys.tsx';

const said: Record<Decision, { title: string; reasons: readonly string[] }> = {
  confirmed_safe: {
    title: 'Confirmed safe: why?',
    reasons: ['The person confirmed it was them', 'Known device and usual place', 'Company network, VPN or proxy'],
  },
  confirmed_compromised: {
    title: 'Confirmed compromised: why?',
    reasons: ['The person says it was not them', 'The evidence leaves no other reading', 'Confirmed by another source'],
  },
  dismissed: {
    title: 'Dismiss: why?',
    reasons: ['A test or an exercise', 'Same matter as another signal', 'The place or time data is wrong'],
  },
};

/** Why it was decided so: one of three usual reasons by its number, or words of one's own. The next person reads it. */
export function ReasonDialog({
  decision,
  onDecide,
  onClose,
}: {
  decision: Decision | null;
  onDecide: (decision: Decision, reason: string) => void;
  onClose: () => void;
}) {
  if (!decision) return null;
  const { title, reasons } = said[decision];
  const byNumber = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement) return;
    const reason = reasons[Number(event.key) - 1];
    if (!reason) return;
    event.preventDefault();
    onDecide(decision, reason);
  };
  const own = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget).get('reason') ?? '').trim();
    if (reason.length >= 3) onDecide(decision, reason);
  };
  return (
    <Dialog open onOpenChange={(open) => open || onClose()} title={title}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the numbers are a shorter way to the buttons inside */}
      <div onKeyDown={byNumber} className="flex flex-col gap-4">
        <ol className="flex flex-col gap-1.5">
          {reasons.map((reason, at) => (
            <li key={reason}>
              <Button className="w-full justify-between" onClick={() => onDecide(decision, reason)}>
                {reason}
                <span aria-hidden="true">
                  <Keys keys={String(at + 1)} />
                </span>
              </Button>
            </li>
          ))}
        </ol>
        <form onSubmit={own} className="flex flex-col gap-3">
          <Field label="Or in your own words" name="reason" minLength={3} maxLength={500} required autoComplete="off" />
          <div className="flex justify-end gap-2">
            <DialogClose>Not yet</DialogClose>
            <Button type="submit" look="primary">
              Decide
            </Button>
          </div>
        </form>
      </div>
    </Dialog>
  );
}
