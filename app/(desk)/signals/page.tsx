import type { Metadata } from 'next';
import { SignalDesk } from '#app/(desk)/signals/signal-desk.tsx';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Signals' };

export default async function SignalsPage({ searchParams }: PageProps<'/signals'>) {
  const { actor } = await requireOperator('signals:read', '/signals');
  return <SignalDesk actor={actor} search={await searchParams} chosenId={null} />;
}
