'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callWithStepUp } from '#components/desk/step-up.tsx';
import { Button } from '#components/ui/button.tsx';
import { Field } from '#components/ui/field.tsx';
import { toast } from '#components/ui/toast.tsx';
import { durationWords, exactDuration, secondsOf } from '#lib/model/duration.ts';
import {
  type ChangeableKeyPolicy,
  changeableKeyPolicy,
  type KeyPolicy,
  keyPolicyNames,
  overlapSecondsOf,
} from '#lib/model/signing-key.ts';

const hints: Partial<Record<ChangeableKeyPolicy, string>> = {
  leadSeconds: 'At least as long as anybody may cache the key set.',
  tokenLifeSeconds: 'The old key is trusted until the last of them has died.',
  periodSeconds: 'Then the desk says that a rotation is due. Nothing happens by itself.',
};

/** Changes an issuer's policy: spans in plain words, only what was changed is sent, and a fresh passkey proof signs for it. */
export function KeyPolicyForm({ issuerId, policy }: { issuerId: string; policy: KeyPolicy }) {
  const router = useRouter();
  const [words, setWords] = useState(() =>
    Object.fromEntries(changeableKeyPolicy.map((part) => [part, exactDuration(policy[part])])),
  );
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [said, setSaid] = useState('');
  const [working, setWorking] = useState(false);
  const read = (part: ChangeableKeyPolicy) => secondsOf(words[part] ?? '');
  const changed = changeableKeyPolicy.filter((part) => read(part) !== policy[part]);
  const overlap = overlapSecondsOf({
    ...policy,
    tokenLifeSeconds: read('tokenLifeSeconds') ?? policy.tokenLifeSeconds,
    skewSeconds: read('skewSeconds') ?? policy.skewSeconds,
  });
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget).get('reason') ?? '');
    const unread = changed.filter((part) => read(part) === null);
    setSaid('');
    setProblems(Object.fromEntries(unread.map((part) => [part, 'Write it like "1 d", "12 h" or "1 h 30 min".'])));
    if (unread.length > 0) return;
    setWorking(true);
    const answer = await callWithStepUp(`/api/v1/keys/issuers/${issuerId}/policy`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...Object.fromEntries(changed.map((part) => [part, read(part)])), reason }),
    }).catch(() => null);
    setWorking(false);
    if (answer?.ok) {
      toast({ text: 'The policy is changed. It counts for rotations proposed from now on.' });
      return router.refresh();
    }
    const refused = (await answer?.json().catch(() => null)) as {
      message?: string;
      problems?: { path: string; message: string }[];
    } | null;
    setProblems(Object.fromEntries((refused?.problems ?? []).map(({ path, message }) => [path, message])));
    setSaid(refused?.message ?? 'The desk did not answer. Load the page again to see whether the policy was changed.');
  };
  return (
    <details className="mt-3 rounded-md border border-line">
      <summary className="cursor-pointer px-3 py-2 font-medium text-sm">Change the policy</summary>
      <form onSubmit={submit} className="flex flex-col gap-3 border-line border-t p-3">
        <div className="grid gap-3 sm:grid-cols-2">
          {changeableKeyPolicy.map((part) => (
            <Field
              key={part}
              label={keyPolicyNames[part]}
              name={part}
              value={words[part] ?? ''}
              onChange={(event) => setWords({ ...words, [part]: event.target.value })}
              autoComplete="off"
              {...(hints[part] ? { hint: hints[part] } : {})}
              problem={problems[part]}
            />
          ))}
        </div>
        <p className="text-quiet text-sm">
          An old key stays trusted for {durationWords(overlap)} after it last signed. The change counts for rotations
          proposed from now on.
        </p>
        <Field
          label="Why"
          name="reason"
          required
          minLength={3}
          maxLength={500}
          hint="Goes into the audit."
          problem={problems.reason}
        />
        <p role="alert" className="text-critical text-sm empty:hidden">
          {said}
        </p>
        <div>
          <Button type="submit" look="primary" disabled={working || changed.length === 0}>
            Change the policy
          </Button>
        </div>
      </form>
    </details>
  );
}
