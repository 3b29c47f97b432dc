import { z } from 'zod';
import type { PublicKeySet } from '#lib/kernel/crypto/json-web-token.ts';
import type { HttpClient } from '#lib/kernel/http/http-client.ts';
import { requireStatus } from '#lib/kernel/http/http-client.ts';
import { OutboundCallFailed } from '#lib/kernel/http/outbound-call-failed.ts';

/** How long fetched keys are used, how soon an unknown key name may cause another fetch, and how soon a fetch that failed is tried again. */
export const keyCache = { maxAgeMs: 10 * 60_000, cooldownMs: 30_000, failedRestMs: 5_000, entriesMax: 500 };

const shape = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });
type Entry = { keys: PublicKeySet; fetchedAt: number };

/** Keys of transmitters by their JWKS address. One for a process: the cooldown is what keeps made-up key names from becoming a storm. */
export class TransmitterKeys {
  readonly #entries = new Map<string, Entry>();
  readonly #fetching = new Map<string, Promise<Entry>>();
  readonly #failed = new Map<string, { error: unknown; at: number }>();
  readonly #now: () => number;
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * The key set behind an address. Fetched when there is none, when it is old, or when it lacks `kid` and the last fetch is longer
   * ago than the cooldown: so a rotated key is found, and random names cost nothing. At most one fetch at a time an address, and after
   * one that failed none for some seconds: a transmitter whose keys hang does not hold up its own deliveries each time anew.
   * @throws OutboundCallFailed when there is no usable set at all; an old one is kept when a new one cannot be had
   */
  async find(client: HttpClient, address: string, kid: string | null): Promise<PublicKeySet> {
    const entry = this.#entries.get(address);
    const age = entry ? this.#now() - entry.fetchedAt : Number.POSITIVE_INFINITY;
    const lacks = entry !== undefined && kid !== null && !entry.keys.keys.some((key) => key.kid === kid);
    if (entry && age < keyCache.maxAgeMs && !(lacks && age >= keyCache.cooldownMs)) return entry.keys;
    try {
      return (await this.#fetch(client, address)).keys;
    } catch (error) {
      if (!entry) throw error;
      return entry.keys;
    }
  }

  #fetch(client: HttpClient, address: string): Promise<Entry> {
    const running = this.#fetching.get(address);
    if (running) return running;
    const failed = this.#failed.get(address);
    if (failed && this.#now() - failed.at < keyCache.failedRestMs) return Promise.reject(failed.error);
    const fetching = (async () => {
      const answer = await client.call({ method: 'GET', url: address });
      const read = shape.safeParse(requireStatus({ method: 'GET' }, answer, [200]).json());
      if (!read.success)
        throw new OutboundCallFailed('unreadable', 'The answer was no key set.', {
          ambiguous: false,
          retryable: false,
        });
      const entry = { keys: { keys: read.data.keys }, fetchedAt: this.#now() };
      this.#failed.delete(address);
      if (this.#entries.size >= keyCache.entriesMax) this.#entries.clear();
      this.#entries.set(address, entry);
      return entry;
    })()
      .catch((error: unknown) => {
        if (this.#failed.size >= keyCache.entriesMax) this.#failed.clear();
        this.#failed.set(address, { error, at: this.#now() });
        throw error;
      })
      .finally(() => this.#fetching.delete(address));
    this.#fetching.set(address, fetching);
    return fetching;
  }
}
