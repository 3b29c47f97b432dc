'use client';

import { useEffect, useState } from 'react';
import { Button } from '#components/ui/button.tsx';

/** One click, not one visit: programs that open links in mails must not stop anything. */
export function VetoButton() {
  const [token, setToken] = useState<string | null>(null);
  const [done, setDone] = useState('');
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const take = () => {
      const fragment = window.location.hash.slice(1);
      if (!fragment) return;
      window.history.replaceState(null, '', window.location.pathname);
      setToken(fragment);
      setDone('');
      setProblem('');
    };
    take();
    // Another link of this kind, opened in the same tab, changes the fragment alone.
    window.addEventListener('hashchange', take);
    return () => window.removeEventListener('hashchange', take);
  }, []);
  const stop = async () => {
    const answer = await fetch('/api/v1/recovery-requests/veto', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ secret: token }),
    }).catch(() => null);
    const said = (await answer?.json().catch(() => null)) as { number?: string; message?: string } | null;
    if (answer?.ok)
      setDone(
        `Stopped. Nothing more happens in ${said?.number ?? 'this case'}, and the help desk was told. You need not do anything else.`,
      );
    else setProblem(said?.message ?? 'The desk does not answer. Try again, or call the help desk.');
  };
  if (done) return <p role="status">{done}</p>;
  return (
    <>
      <Button look="danger" className="min-h-11" disabled={!token} onClick={() => void stop()}>
        Stop it: this was not me
      </Button>
      {token ? null : (
        <p className="text-quiet text-sm">Open the link from the message you got; it belongs to one case.</p>
      )}
      <p role="alert" className="text-critical empty:hidden">
        {problem}
      </p>
    </>
  );
}
