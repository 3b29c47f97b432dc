import type { Instrumentation } from 'next';

/** Next calls this for every error a page or handler did not catch itself; without it they reach no log. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { logPageError } = await import('#lib/kernel/page-error.ts');
  logPageError(error, request, context.routePath);
};
