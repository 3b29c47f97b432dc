import { Check, Circle } from 'lucide-react';
import { Badge, type Tone } from '#components/ui/badge.tsx';
import { Countdown } from '#components/ui/countdown.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { safeText } from '#lib/model/safe-text.ts';

type Path = {
  id: string;
  name: string;
  complete: boolean;
  needs: readonly { words: string; met: boolean; untilMs: number | null }[];
};
type Proof = {
  id: string;
  name: string;
  state: string;
  about: string;
  askedAt: string;
  expiresAt: string;
  passedAt: string | null;
  sent: boolean;
  isOver: boolean;
};
const proofTones: Record<string, Tone> = { passed: 'good', asked: 'accent', failed: 'critical', replaced: 'plain' };

/** The three ways of NIST SP 800-63B-4 to recover at AAL2, how far each is, and the proofs that were asked for. */
export function PathsPanel({ paths, proofs }: { paths: readonly Path[]; proofs: readonly Proof[] }) {
  return (
    <section>
      <h2 className="mb-1 font-semibold text-lg">Proofs</h2>
      <p className="mb-3 text-quiet text-sm">
        One complete path is enough; without one nothing can be approved. A proof counts for a day. Two codes by
        different methods cannot be had here yet: e-mail is the only way to send one.
      </p>
      <div className="mb-4 grid gap-3 md:grid-cols-3">
        {paths.map((path) => (
          <section key={path.id} aria-label={path.name} className="rounded-md border border-line p-3">
            <h3 className="mb-1 flex items-start justify-between gap-2 font-medium text-sm">
              {path.name}
              <Badge tone={path.complete ? 'good' : 'plain'}>{path.complete ? 'complete' : 'not complete'}</Badge>
            </h3>
            <ul className="flex flex-col gap-1 text-sm">
              {path.needs.map((need) => {
                const Icon = need.met ? Check : Circle;
                return (
                  <li key={need.words} className="flex gap-2">
                    <Icon
                      size={14}
                      aria-hidden="true"
                      className={need.met ? 'mt-1 shrink-0 text-good' : 'mt-1 shrink-0 text-quiet'}
                    />
                    <span>
                      {need.words}
                      <span className="sr-only">{need.met ? ': there' : ': missing'}</span>
                      {need.untilMs ? (
                        <span className="block text-quiet text-xs">
                          counts for <Countdown until={new Date(need.untilMs).toISOString()} over="no longer" />
                        </span>
                      ) : null}
                    </span>
                  </li>
                );
              })}
            </ul>
          </section>
        ))}
      </div>
      <ul>
        {proofs.map((proof) => (
          <li key={proof.id} className="flex flex-wrap items-baseline gap-x-3 border-line border-b py-1.5 text-sm">
            <span className="font-medium">{proof.name}</span>
            <span className="min-w-0 grow break-all text-quiet">{safeText(proof.about)}</span>
            <Badge tone={proof.isOver ? 'medium' : (proofTones[proof.state] ?? 'plain')}>
              {proof.isOver
                ? 'too late'
                : proof.state === 'asked'
                  ? proof.sent
                    ? 'sent, waiting'
                    : 'waiting'
                  : proof.state}
            </Badge>
            <span className="text-quiet">
              {proof.passedAt ? (
                <RelativeTime at={proof.passedAt} />
              ) : proof.state === 'asked' && !proof.isOver ? (
                <Countdown until={proof.expiresAt} over="too late" />
              ) : (
                <RelativeTime at={proof.askedAt} />
              )}
            </span>
          </li>
        ))}
        {proofs.length === 0 ? <li className="text-quiet text-sm">None asked for yet.</li> : null}
      </ul>
    </section>
  );
}
