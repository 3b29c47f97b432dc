import type { Metadata } from 'next';
import { CaseForPerson } from '#app/recover/case/case-for-person.tsx';
import { NowProvider } from '#components/ui/now.tsx';
import { now } from '#lib/kernel/clock.ts';

export const metadata: Metadata = { title: 'My case' };
export const dynamic = 'force-dynamic';

export default function CasePage() {
  return (
    <NowProvider now={now().toISOString()}>
      <CaseForPerson />
    </NowProvider>
  );
}
