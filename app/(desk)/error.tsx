'use client';

import { Button } from '#components/ui/button.tsx';

export default function DeskError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <div role="alert" className="max-w-xl rounded-md border border-critical p-6">
      <h1 className="font-semibold text-lg">This could not be shown</h1>
      <p className="my-3 text-quiet">
        Either the address is not right, or the desk could not reach its database. Nothing was changed. Try again; if it
        stays, go back to the overview or ask an administrator.
      </p>
      {error.digest ? (
        <p className="mb-3 text-quiet text-sm">
          For an administrator: the desk wrote it into its log under <code>{error.digest}</code>.
        </p>
      ) : null}
      <Button onClick={reset}>Try again</Button>
    </div>
  );
}
