import Link from 'next/link';
import { buttonClass } from '#components/ui/button.tsx';

/** In the place of a page that the operator may not see. Which permission it takes stands in the audit, not here. */
export default function Forbidden() {
  return (
    <div role="alert" className="max-w-xl rounded-md border border-high p-6">
      <h1 className="font-semibold text-lg">This could not be shown</h1>
      <p className="my-3 text-quiet">
        You may not see it with the roles you hold. Nothing was changed. Go back to the overview or ask an
        administrator.
      </p>
      <Link href="/" className={buttonClass()}>
        Go to the overview
      </Link>
    </div>
  );
}
