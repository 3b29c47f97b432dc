/** A sender as a provider's log shipper: it repeats a batch until the door acknowledges it, and remembers what was acknowledged. */
export type AcknowledgingSender = {
  /** Ids of all records in batches that were answered 200. */
  acknowledged: Set<string>;
  /** Deliveries that were not acknowledged, by what came instead. */
  refused: Map<string, number>;
  /** Sends every batch, several at a time. `onAcknowledged` hears the number of acknowledged batches. */
  sendAll(onAcknowledged: (batches: number) => void): Promise<void>;
};

/**
 * @param batches records as JSON texts with their ids
 * @throws Error for an answer that a sender could do nothing about (4xx), or when a batch is not taken within `giveUpMs`
 */
export function acknowledgingSender(options: {
  url: string;
  token: string;
  batches: readonly { ids: string[]; body: string }[];
  atOnce: number;
  giveUpMs: number;
}): AcknowledgingSender {
  const acknowledged = new Set<string>();
  const refused = new Map<string, number>();
  const count = (what: string) => refused.set(what, (refused.get(what) ?? 0) + 1);
  const sendOnce = async (body: string): Promise<boolean> => {
    try {
      const response = await fetch(options.url, {
        method: 'POST',
        headers: { authorization: `Bearer ${options.token}`, 'content-type': 'application/x-ndjson' },
        body,
        signal: AbortSignal.timeout(30_000),
      });
      const answer = await response.text();
      if (response.status === 200) return true;
      if (response.status < 500 && response.status !== 429) throw new Unacceptable(`${response.status}: ${answer}`);
      count(String(response.status));
    } catch (error) {
      if (error instanceof Unacceptable) throw error;
      count('connection');
    }
    return false;
  };
  return {
    acknowledged,
    refused,
    async sendAll(onAcknowledged) {
      const waiting = [...options.batches];
      let batches = 0;
      const work = async () => {
        for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
          const since = Date.now();
          while (!(await sendOnce(batch.body))) {
            if (Date.now() - since > options.giveUpMs) throw new Error('a batch was not taken in time');
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
          for (const id of batch.ids) acknowledged.add(id);
          batches += 1;
          onAcknowledged(batches);
        }
      };
      await Promise.all(Array.from({ length: options.atOnce }, work));
    },
  };
}

class Unacceptable extends Error {}
