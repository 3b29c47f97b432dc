import Link from 'next/link';

export default function NotFound() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center gap-4 p-6">
      <h1 className="font-semibold text-xl">There is nothing at this address</h1>
      <p className="text-quiet">Perhaps it was cut off on its way. Nothing was changed.</p>
      <Link href="/" className="text-accent underline">
        Go to the desk
      </Link>
    </main>
  );
}
