'use client';

import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { toast } from '#components/ui/toast.tsx';

/** An id, digest or address one copies rather than reads; shown short, copied whole. */
export function Copyable({ text, what, shown }: { text: string; what: string; shown?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 1_500);
    } catch {
      toast({ tone: 'problem', text: `The browser did not let us copy the ${what}. Select it and copy it by hand.` });
    }
  };
  const Icon = copied ? Check : Copy;
  return (
    <span className="inline-flex max-w-full items-center gap-1 font-mono text-xs">
      <span className="min-w-0 break-all" title={text}>
        {shown ?? text}
      </span>
      <button
        type="button"
        onClick={copy}
        aria-label={copied ? `Copied the ${what}` : `Copy the ${what}`}
        className="inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-quiet hover:bg-raised hover:text-ink"
      >
        <Icon size={13} aria-hidden="true" />
      </button>
    </span>
  );
}
