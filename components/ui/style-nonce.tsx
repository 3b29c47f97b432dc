'use client';

declare global {
  // The name react-style-singleton (under radix-ui's scroll lock) looks for.
  var __webpack_nonce__: string | undefined;
}

// Style elements need the page's nonce; the policy of the document that was loaded stays in force while it lives.
if (typeof document !== 'undefined') {
  globalThis.__webpack_nonce__ = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce;
}

/** Lets libraries that add a style element of their own do so under the strict policy. Draws nothing. */
export function StyleNonce() {
  return null;
}
