import { pleaseRepeat, Refusal } from '#lib/kernel/errors.ts';

/** How many pass at once, and how many wait; whoever comes beyond that is asked to come again. */
export type FairBounds = {
  atOnce: number;
  /** Of these one party's at most: what is left is free for the next party that comes. */
  atOncePerParty?: number;
  waitingMax?: number;
  waitingPerPartyMax?: number;
  /** Milliseconds after which whoever still waits is asked to come again. */
  waitMsMax?: number;
};

export type FairQueue = {
  /**
   * Runs `work` when it is its party's turn. `cost`: what it takes in any unit, one when left out. `always`: it waits however many
   * wait already. @throws Refusal `rate_limited` when this party has its share waiting, `unavailable` when too many wait in all or
   * the wait is over
   */
  pass<T>(party: string, work: () => Promise<T>, options?: { cost?: number; always?: boolean }): Promise<T>;
};

type Waiting = { tag: number; start: () => void };
type Party = { passing: number; tag: number; waiting: Waiting[] };

/**
 * A queue before something scarce (connections, a pool), in which parties have equal shares of what is used, not of the turns: who
 * asks for little never waits for the much of others. Self-clocked fair queuing (Golestani 1994): each piece of work is tagged with
 * what its party will have had after it, counted from where the queue stands, and the lowest tag goes next. Tags are fixed when work
 * comes, so a heavy piece is passed by a bounded amount of light ones only.
 */
export function fairQueue(bounds: FairBounds): FairQueue {
  const { atOnce, atOncePerParty = atOnce, waitingMax = Infinity, waitingPerPartyMax = Infinity, waitMsMax } = bounds;
  const parties = new Map<string, Party>();
  let passing = 0;
  let waitingInAll = 0;
  let clock = 0;
  const begin = (party: Party, tag: number) => {
    passing += 1;
    party.passing += 1;
    clock = Math.max(clock, tag);
  };
  const next = (): [Party, Waiting] | null => {
    let found: [Party, Waiting] | null = null;
    for (const party of parties.values()) {
      const first = party.waiting[0];
      if (first && party.passing < atOncePerParty && (!found || first.tag < found[1].tag)) found = [party, first];
    }
    return found;
  };
  const startNext = () => {
    for (let found = passing < atOnce ? next() : null; found; found = passing < atOnce ? next() : null) {
      const [party, first] = found;
      party.waiting.shift();
      waitingInAll -= 1;
      begin(party, first.tag);
      first.start();
    }
  };
  const waitIn = (party: Party, tag: number) =>
    new Promise<void>((resolve, reject) => {
      waitingInAll += 1;
      const waiting: Waiting = { tag, start: resolve };
      party.waiting.push(waiting);
      if (waitMsMax === undefined) return;
      const timer = setTimeout(() => {
        party.waiting.splice(party.waiting.indexOf(waiting), 1);
        waitingInAll -= 1;
        reject(waitedTooLong());
      }, waitMsMax);
      waiting.start = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return {
    async pass(name, work, { cost = 1, always = false } = {}) {
      const party = parties.get(name) ?? { passing: 0, tag: 0, waiting: [] };
      const mustWait = passing >= atOnce || party.passing >= atOncePerParty;
      if (mustWait && !always) {
        if (party.waiting.length >= waitingPerPartyMax)
          throw new Refusal('rate_limited', `You send faster than can be stored. ${pleaseRepeat}`, {
            retryAfterSeconds: 1,
          });
        if (waitingInAll >= waitingMax) throw tooMany();
      }
      parties.set(name, party);
      const tag = Math.max(clock, party.tag) + cost;
      party.tag = tag;
      if (mustWait) await waitIn(party, tag);
      else begin(party, tag);
      try {
        return await work();
      } finally {
        passing -= 1;
        party.passing -= 1;
        if (party.passing === 0 && party.waiting.length === 0) parties.delete(name);
        startNext();
      }
    },
  };
}

function tooMany(): Refusal {
  return new Refusal('unavailable', `Too much is arriving at once. ${pleaseRepeat}`, { retryAfterSeconds: 2 });
}

/** Its cause is what a driver says whose pool has no connection left: callers that try again later know it by that. */
function waitedTooLong(): Refusal {
  return new Refusal('unavailable', 'Too much is asked of the desk at once. Nothing was changed; try again.', {
    retryAfterSeconds: 2,
    cause: new Error('connection timeout: no turn came'),
  });
}
