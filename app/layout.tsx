import './globals.css';
import { GeistMono } from 'geist/font/mono';
import { GeistSans } from 'geist/font/sans';
import type { Metadata, Viewport } from 'next';
import { cookies } from 'next/headers';
import type { ReactNode } from 'react';

export const metadata: Metadata = {
  title: { default: 'Gatehouse', template: '%s · Gatehouse' },
  robots: { index: false },
};
export const viewport: Viewport = { width: 'device-width', initialScale: 1 };
// Every page is made for one request: its scripts carry that response's nonce.
export const dynamic = 'force-dynamic';

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = (await cookies()).get('gatehouse-theme')?.value;
  return (
    <html
      lang="en"
      {...(theme === 'light' || theme === 'dark' ? { 'data-theme': theme } : {})}
      className={`${GeistSans.variable} ${GeistMono.variable}`}
    >
      <body className="font-sans antialiased">{children}</body>
    </html>
  );
}
