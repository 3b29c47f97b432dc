'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { callDesk } from '#components/desk/call-desk.ts';
import { Section } from '#components/desk/section.tsx';
import { useShortcuts } from '#components/shell/shortcuts.ts';
import { Button, buttonClass } from '#components/ui/button.tsx';
import { Checkbox, TextArea } from '#components/ui/field.tsx';
import {
  type RevocationScope,
  type SessionGroup,
  sessionGroups,
  sessionGroupWords,
} from '#lib/model/revocation-scope.ts';

/** Left out unless somebody says otherwise: one's own session, and the ways in when nothing else works. */
const leftOutAtFirst: readonly SessionGroup[] = ['own', 'break-glass'];

/** The scope of a revocation: what the address says, or a pasted list; who is left out; why. It leads to the rehearsal. */
export function ScopeForm({
  scope,
  words,
  matching,
}: {
  scope: RevocationScope;
  words: string;
  matching: { sessions: number; isCapped: boolean } | null;
}) {
  const router = useRouter();
  const [pasting, setPasting] = useState(false);
  const [list, setList] = useState('');
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  useShortcuts([{ keys: 'p', label: 'Paste a list', group: 'Revocation', run: () => setPasting(true) }]);
  const entries = list.split(/[\s,;]+/).filter(Boolean);
  const counted = matching
    ? `${matching.isCapped ? 'more than ' : ''}${matching.sessions.toLocaleString('en-US')} living ${matching.sessions === 1 ? 'session' : 'sessions'}`
    : 'a number of sessions that could not be counted just now';

  const rehearse = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setProblem('');
    setWorking(true);
    const called = await callDesk<{ id: string }>('POST', '/api/v1/revocations', {
      scope: pasting ? { by: 'list', entries } : scope,
      exclude: { groups: sessionGroups.filter((group) => form.get(`without-${group}`) === 'on') },
      reason: String(form.get('reason') ?? ''),
    });
    if (called.ok) return router.push(`/revocations/${called.answer.id}`);
    setWorking(false);
    setProblem(called.message);
  };

  return (
    <form onSubmit={rehearse} className="flex max-w-3xl flex-col gap-6">
      <Section
        title="What ends"
        act={
          <Button look="quiet" onClick={() => setPasting(!pasting)}>
            {pasting ? 'Use the filter instead' : 'Paste a list instead'}
          </Button>
        }
      >
        {pasting ? (
          <TextArea
            label="E-mails, person ids or session ids"
            name="list"
            rows={8}
            value={list}
            onChange={(event) => setList(event.target.value)}
            required
            className="font-mono"
            hint={`${entries.length.toLocaleString('en-US')} entries, separated by spaces, commas or lines. Of a person every living session; what matches nobody is shown before anything happens.`}
          />
        ) : (
          <p>
            <strong>{words}</strong>: {counted} at this moment. The set is frozen in the next step; nothing joins it
            afterwards.
          </p>
        )}
      </Section>
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-2 font-semibold text-sm">Leave out</legend>
        {sessionGroups.map((group) => (
          <Checkbox
            key={group}
            name={`without-${group}`}
            defaultChecked={leftOutAtFirst.includes(group)}
            label={sessionGroupWords[group].label}
            hint={sessionGroupWords[group].warning}
          />
        ))}
      </fieldset>
      <TextArea
        label="Reason"
        name="reason"
        required
        minLength={3}
        maxLength={500}
        hint="Whoever signs reads it; it stays in the audit."
      />
      <p role="alert" className="text-critical text-sm empty:hidden">
        {problem}
      </p>
      <div className="flex flex-wrap gap-2">
        <Link href="/sessions" className={buttonClass('quiet')}>
          Not now
        </Link>
        <Button type="submit" look="primary" disabled={working || (pasting && entries.length === 0)}>
          {working ? 'Freezing…' : 'Rehearse'}
        </Button>
      </div>
    </form>
  );
}
