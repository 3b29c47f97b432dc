'use client';

import { Button } from '#components/ui/button.tsx';
import { toast } from '#components/ui/toast.tsx';

/** Ten recovery codes, shown this once, with the ways to keep them. */
export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  const text = `Gatehouse recovery codes, each serves once:\n\n${codes.join('\n')}\n`;
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => toast({ text: 'The codes are copied. Keep them where your devices are not.' }),
      () => toast({ tone: 'problem', text: 'The browser did not let us copy. Select the codes by hand.' }),
    );
  return (
    <section aria-label="Recovery codes" className="flex flex-col gap-3">
      <p className="text-quiet">
        Each serves once, together with your password or company account, when your passkeys are lost. They are shown
        now and never again.
      </p>
      <ol className="grid gap-x-6 gap-y-1 rounded-md border border-line bg-raised p-3 font-mono text-xs sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code} className="break-all">
            {code}
          </li>
        ))}
      </ol>
      <div className="flex flex-wrap gap-2">
        <Button onClick={copy}>Copy them</Button>
        <a
          className="inline-flex min-h-8 items-center rounded-md border border-line px-3 font-medium text-sm hover:bg-raised pointer-coarse:min-h-11"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
          download="gatehouse-recovery-codes.txt"
        >
          Save as a file
        </a>
      </div>
    </section>
  );
}
