'use client';

/** Keeps how somebody likes the desk to look, a year long, readable by the server so that nothing flashes. Never anything secret. */
export function keepPreference(name: 'gatehouse-rail' | 'gatehouse-theme', value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser people use
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; samesite=lax`;
}
