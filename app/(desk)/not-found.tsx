import Link from 'next/link';
import { PageHeader } from '#components/desk/page-header.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { Empty } from '#components/ui/empty.tsx';

export default function NotFound() {
  return (
    <>
      <PageHeader title="Not there" />
      <Empty
        title="There is nothing at this address"
        act={
          <Link href="/" className={buttonClass()}>
            Go to the overview
          </Link>
        }
      >
        The id is not one of this tenant, what it named is past its retention, or the address was cut off.
      </Empty>
    </>
  );
}
