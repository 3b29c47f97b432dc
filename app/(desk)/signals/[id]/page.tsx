import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { SignalDesk } from '#app/(desk)/signals/signal-desk.tsx';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Signal' };

export default async function SignalPage({ params, searchParams }: PageProps<'/signals/[id]'>) {
  const { id } = await params;
  const { actor } = await requireOperator('signals:read', `/signals/${id}`);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  return <SignalDesk actor={actor} search={await searchParams} chosenId={id} />;
}
