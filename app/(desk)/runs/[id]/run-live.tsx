'use client';

import type { ReactNode } from 'react';
import { runTones } from '#app/(desk)/proposals/proposal-tones.ts';
import { RunActs } from '#app/(desk)/runs/[id]/run-acts.tsx';
import { RunItems } from '#app/(desk)/runs/[id]/run-items.tsx';
import { endedOf, useProgress } from '#app/(desk)/runs/[id]/use-progress.ts';
import { Section } from '#components/desk/section.tsx';
import { Figure } from '#components/operations/figure.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { exactTime } from '#components/ui/exact-time.ts';
import { Progress } from '#components/ui/progress.tsx';
import type { RunProgress } from '#lib/execution/read-run.ts';
import { durationWords } from '#lib/model/duration.ts';
import { itemWords } from '#lib/model/item-words.ts';
import { itemStates, kindWords, runStateWords } from '#lib/model/operations.ts';
import { safeText } from '#lib/model/safe-text.ts';

const causeWords: Record<string, string> = {
  cannot_act: 'Gatehouse cannot act at this provider',
  not_done: 'The provider said it was done, but it was not',
  not_seen: 'It could not be looked at',
  gave_up: 'Given up after too many attempts',
  no_answer: 'The provider did not answer',
};

/** How far a run is, live. The first line says what matters most: how long until cut off, how long until proved. */
export function RunLive({
  initial,
  maySteer,
  children,
}: {
  initial: RunProgress;
  maySteer: boolean;
  children?: ReactNode;
}) {
  const { run, live, perSecond } = useProgress(initial);
  const ended = endedOf(run);
  const left = perSecond && run.state === 'running' ? Math.ceil((run.items - ended) / perSecond) : null;
  const words = itemWords(run.kind);
  const isRevocation = run.kind === 'revoke-sessions';
  const since = isRevocation ? 'counted from the rehearsal' : 'counted from the proposal';
  const proved = run.states.verified ?? 0;
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-wrap items-center gap-3">
        <Badge tone={runTones[run.state]}>{runStateWords[run.state].label}</Badge>
        <span className="text-sm">
          {runStateWords[run.state].sentence} {run.note ? <strong>{safeText(run.note)}</strong> : null}
        </span>
        {run.finishedAt === null ? (
          <span className="text-quiet text-sm">{live ? '● live' : '○ waiting for the desk'}</span>
        ) : null}
      </div>
      <div className="flex flex-wrap gap-x-10 gap-y-4">
        <Figure
          label={isRevocation ? 'Time to cut off' : 'Time to the start'}
          value={spanWords(run.secondsToCutoff)}
          note={`${exactTime(run.cutoffAt)}, ${since}`}
        />
        {run.finishedAt && proved < run.items ? (
          <Figure
            label={isRevocation ? 'Not contained' : 'Not proved'}
            value={
              <span className="text-critical">
                {(run.items - proved).toLocaleString('en-US')} of {run.items.toLocaleString('en-US')}
              </span>
            }
            note={`ended ${exactTime(run.finishedAt)}`}
          />
        ) : (
          <Figure
            label={isRevocation ? 'Time to contain, with proof' : 'Time to the proof'}
            value={run.secondsToProof === null ? '…' : spanWords(run.secondsToProof)}
            note={run.finishedAt ? exactTime(run.finishedAt) : 'until every item is looked at again'}
          />
        )}
        {run.finishedAt ? null : (
          <>
            <Figure label="Rate" value={perSecond ? `${rateWords(perSecond)} a second` : '–'} />
            <Figure label="Time left" value={left === null ? '–' : durationWords(left)} />
          </>
        )}
      </div>
      <Progress label={`${kindWords[run.kind].verified}, or known not to be`} done={ended} total={run.items} />
      <div className="grid gap-6 lg:grid-cols-2">
        <Section title="By state">
          <table className="w-full text-sm" aria-live="off">
            <caption className="sr-only">Items by state</caption>
            <tbody>
              {itemStates
                .filter((state) => (run.states[state] ?? 0) > 0 || state === 'verified' || state === 'failed')
                .map((state) => (
                  <tr key={state} className="border-line border-b">
                    <th scope="row" className="py-1 pr-3 text-left font-normal">
                      {words[state].label}
                    </th>
                    <td className="py-1 pr-3 text-quiet">{words[state].sentence}</td>
                    <td className="py-1 text-right tabular-nums">{(run.states[state] ?? 0).toLocaleString('en-US')}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </Section>
        <Section title="By provider">
          <div className="flex flex-col gap-3">
            {run.lanes.map((lane) => (
              <Progress
                key={lane.name}
                label={`${safeText(lane.name)}${lane.states.failed ? `, ${lane.states.failed.toLocaleString('en-US')} failed` : ''}`}
                done={endedOf(lane)}
                total={Object.values(lane.states).reduce((sum, each) => sum + (each ?? 0), 0)}
              />
            ))}
          </div>
        </Section>
      </div>
      {run.failures.length > 0 ? (
        <Section title="Failures by cause">
          <ul className="flex flex-col gap-2">
            {run.failures.map((failure) => (
              <li key={failure.cause} className="rounded-md border border-critical p-3 text-sm">
                <p className="font-medium">
                  {failure.items.toLocaleString('en-US')}:{' '}
                  {causeWords[failure.cause] ?? failure.cause.replaceAll('_', ' ')}
                </p>
                <p className="text-quiet">{safeText(failure.example ?? '')}</p>
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
      {maySteer ? <RunActs run={run} /> : null}
      {children}
      <Section title="Items">
        <RunItems runId={run.id} kind={run.kind} reading={JSON.stringify(run.states)} />
      </Section>
    </div>
  );
}

/** Short spans to the tenth of a second: this is where tenths count. */
function spanWords(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : durationWords(Math.round(seconds));
}

function rateWords(perSecond: number): string {
  return perSecond >= 10 ? Math.round(perSecond).toLocaleString('en-US') : perSecond.toFixed(1);
}
