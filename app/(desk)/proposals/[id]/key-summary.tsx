import { DependantsPanel, type ShownDependants } from '#components/keys/dependants-panel.tsx';
import type { JsonObject } from '#lib/model/event.ts';
import { safeText } from '#lib/model/safe-text.ts';

/** What the proposal of a rotation or a kill froze: the steps in order or what breaks, and who relied on the key at that moment. */
export function KeySummary({ summary }: { summary: JsonObject }) {
  const { steps, breaks, tokens, readers, readersTotal } = summary as unknown as Frozen;
  return (
    <div className="flex flex-col gap-4">
      {breaks ? (
        <div className="rounded-md border border-critical p-3">
          <h3 className="mb-1 font-medium">What breaks</h3>
          <ul className="list-disc pl-5">
            {breaks.map((line) => (
              <li key={line}>{safeText(line)}</li>
            ))}
          </ul>
        </div>
      ) : (
        <div>
          <ol className="list-decimal pl-5">
            {(steps ?? []).map((line) => (
              <li key={line}>{safeText(line)}</li>
            ))}
          </ol>
          <p className="mt-2 text-quiet text-sm">
            Before each step Gatehouse fetches the key set as relying parties do. If it is not as it has to be, the
            rotation halts and waits for a person; the key that signs goes on signing.
          </p>
        </div>
      )}
      <DependantsPanel
        dependants={{
          tokens: tokens ?? [],
          readers: (readers ?? []).map((reader) => ({ ...reader, knowsNext: null })),
          readersTotal: readersTotal ?? 0,
        }}
        of="the key, when it was proposed"
        hasNext={false}
      />
    </div>
  );
}

type Frozen = {
  steps?: string[];
  breaks?: string[];
  tokens?: ShownDependants['tokens'];
  readers?: Omit<ShownDependants['readers'][number], 'knowsNext'>[];
  readersTotal?: number;
};
