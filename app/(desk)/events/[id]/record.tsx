import { Section } from '#components/desk/section.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { layOutJson } from '#lib/model/lay-out-json.ts';
import { safeText } from '#lib/model/safe-text.ts';
import type { RecordBytes } from '#lib/signals/read-event.ts';

/** A record as it came: laid out for reading where it is JSON, and byte for byte. */
export function RecordText({ record, title }: { record: RecordBytes; title: string }) {
  const { bytes, sha256, text, isWhole } = record;
  const laidOut = text !== null && isWhole ? layOutJson(text) : null;
  return (
    <Section title={title} act={<span className="text-quiet text-sm">{bytes.toLocaleString('en-US')} bytes</span>}>
      {laidOut ? <Pre text={laidOut} label={`${title}, laid out`} /> : null}
      {text === null ? (
        <p className="text-quiet text-sm">It is no text, so it is not shown. Download it to see its bytes.</p>
      ) : laidOut ? (
        <details className="mt-2">
          <summary className="cursor-pointer text-quiet text-sm">Byte for byte</summary>
          <Pre text={text} label={`${title}, byte for byte`} />
        </details>
      ) : (
        <Pre text={text} label={`${title}, byte for byte`} />
      )}
      {isWhole ? null : <p className="mt-1 text-quiet text-sm">The beginning of it; the download has all.</p>}
      <p className="mt-2 text-quiet text-xs">
        SHA-256 <Copyable text={sha256} what="digest of the record" />
      </p>
    </Section>
  );
}

function Pre({ text, label }: { text: string; label: string }) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
      tabIndex={0}
      className="max-h-128 overflow-auto rounded-md border border-line bg-raised p-3"
    >
      <pre className="whitespace-pre-wrap break-all font-mono text-xs leading-5">
        {text.split('\n').map(safeText).join('\n')}
      </pre>
    </section>
  );
}
