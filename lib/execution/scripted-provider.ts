import { type Capabilities, ProviderCallFailed } from '#lib/providers/definition.ts';

/** How a scripted provider behaves, for one call or for all. */
export type Behaviour = 'well' | 'lies' | 'hangs' | 'refuses' | 'breaks' | 'busy' | 'unclear';

/**
 * A provider in this process that does what the script says and counts what it was asked: for tests and benchmarks. `lies` says 204
 * and keeps the session; `unclear` ends it and then does not answer; `busy` says 429 with Retry-After.
 */
export function scriptedProvider(options: { latencyMs?: number; concurrency?: number } = {}) {
  const alive = new Set<string>();
  const asked: string[] = [];
  const looked: string[] = [];
  let script: (id: string, call: number) => Behaviour = () => 'well';
  let inside = 0;
  let insideMost = 0;
  const visit = async <T>(work: () => T | Promise<T>): Promise<T> => {
    inside += 1;
    insideMost = Math.max(insideMost, inside);
    if (options.latencyMs) await new Promise((resolve) => setTimeout(resolve, options.latencyMs));
    inside -= 1;
    return work();
  };
  const failure = (status: number | null, more: { retryAfterSeconds?: number; retryable?: boolean } = {}) =>
    new ProviderCallFailed(
      status === null ? 'The provider did not answer within 5 s.' : `The provider said ${status}.`,
      {
        ambiguous: status === null || status >= 500,
        retryable: more.retryable ?? true,
        status,
        retryAfterSeconds: more.retryAfterSeconds ?? null,
      },
    );
  const capabilities: Capabilities = {
    limits: { concurrency: options.concurrency ?? 32, perSecond: null },
    endSession: (id, signal) =>
      visit(async () => {
        asked.push(id);
        switch (script(id, asked.filter((one) => one === id).length)) {
          case 'lies':
            return { outcome: 'accepted', status: 204, detail: '' } as const;
          case 'hangs':
            return new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(failure(null))));
          case 'refuses':
            throw failure(401, { retryable: false });
          case 'breaks':
            throw failure(500);
          case 'busy':
            throw failure(429, { retryAfterSeconds: 1 });
          case 'unclear':
            alive.delete(id);
            throw failure(null);
          default:
            return alive.delete(id)
              ? ({ outcome: 'accepted', status: 204, detail: '' } as const)
              : ({ outcome: 'gone', status: 404, detail: '' } as const);
        }
      }),
    lookUpSession: (id) =>
      visit(() => {
        looked.push(id);
        return alive.has(id) ? { sourceSessionId: id, alive: true, startedAt: null } : null;
      }),
    test: async () => ({ ok: true, detail: '' }),
  };
  return {
    capabilities,
    alive,
    asked,
    looked,
    insideMost: () => insideMost,
    behave(next: (id: string, call: number) => Behaviour) {
      script = next;
    },
    reset() {
      alive.clear();
      asked.length = 0;
      looked.length = 0;
      script = () => 'well';
    },
  };
}
export type ScriptedProvider = ReturnType<typeof scriptedProvider>;
