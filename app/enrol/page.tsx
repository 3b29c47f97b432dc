import type { Metadata } from 'next';
import { EnrolForm } from '#app/enrol/enrol-form.tsx';

export const metadata: Metadata = { title: 'Enrol' };

export default function EnrolPage() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center gap-6 p-6">
      <h1 className="font-semibold text-2xl">Join the desk</h1>
      <EnrolForm />
    </main>
  );
}
