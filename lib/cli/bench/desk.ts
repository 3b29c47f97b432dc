import { benchOperator } from '#lib/cli/bench/bench-operator.ts';
import { deskInBrowser } from '#lib/cli/bench/desk-in-browser.ts';
import { fillStore } from '#lib/cli/bench/fill-store.ts';
import { type BenchContext, type BenchGroup, percentile, sizeFrom } from '#lib/cli/bench/group.ts';
import { startWeb } from '#lib/cli/bench/web-process.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { createServiceToken } from '#lib/staff/service-tokens.ts';

const smallRows = 10_000;
const asks = 40;

/** The pages an analyst opens, as their addresses in the API: the list itself, one narrowed by each hot filter, and a later page. */
const pages: [list: string, query: string][] = [
  ['events', ''],
  ['events', 'email=filled7@example.org'],
  ['events', 'ip=10.7.0.0/16&from=-7d'],
  ['events', 'asn=AS77'],
  ['events', 'type=sign_in&outcome=failure'],
  ['events', 'country=KP'],
  ['events', 'q=Person 77'],
  ['sessions', ''],
  ['sessions', 'state=live'],
  ['sessions', 'q=Person 77'],
  ['sessions', 'country=KP&state=live'],
  ['devices', ''],
  ['people', ''],
  ['people', 'q=filled77'],
];

/** The same lists as screens: drawn by the server, with their totals, which the API does not count. */
const screens = [
  '/',
  '/events',
  '/events?type=sign_in&outcome=failure',
  '/sessions',
  '/sessions?state=live',
  '/devices',
  '/people',
];

/**
 * Pages of the lists through the real web process, at ten thousand events and at many: how long they take and what the size costs; the
 * same as screens; then the desk in a browser at the large size.
 * `BENCH_ROWS=1000000` for the size that the promise names.
 */
export const benchDesk: BenchGroup = async (context) => {
  const largeRows = sizeFrom('BENCH_ROWS', 300_000);
  const actor = systemActor('01900000-0000-7000-8000-000000000001', 'benchmark', ['tokens:manage']);
  const scopes = ['events:read', 'sessions:read', 'devices:read', 'people:read'];
  const { token } = await execute(pool('cli'), createServiceToken, actor, { name: 'benchmark', scopes });
  const web = await startWeb(context.url);
  try {
    await fillStore(context.url, 0, smallRows, context.say);
    // A process that has just begun is slow at everything; that is not what the size costs.
    await measure(web.url, token, { ...context, emit: () => undefined }, smallRows);
    const small = await measure(web.url, token, context, smallRows);
    const cookie = await benchOperator();
    await measureScreens(web.url, cookie, { ...context, emit: () => undefined }, smallRows);
    const smallScreens = await measureScreens(web.url, cookie, context, smallRows);
    await fillStore(context.url, smallRows, largeRows, context.say);
    const large = await measure(web.url, token, context, largeRows);
    const largeScreens = await measureScreens(web.url, cookie, context, largeRows);
    context.emit({ name: 'desk.page-p95-ms', value: percentile(large, 0.95), unit: 'ms', n: largeRows });
    context.emit({
      name: 'desk.page-growth',
      value: percentile(large, 0.95),
      unit: 'ms',
      ratio: percentile(large, 0.95) / percentile(small, 0.95),
      against: `the same pages at ${smallRows} events`,
      n: largeRows,
    });
    context.emit({
      name: 'desk.screen-growth',
      value: percentile(largeScreens, 0.95),
      unit: 'ms',
      ratio: percentile(largeScreens, 0.95) / percentile(smallScreens, 0.95),
      against: `the same screens at ${smallRows} events`,
      n: largeRows,
    });
    await deskInBrowser(context, web.url, largeRows);
  } finally {
    await web.stop();
  }
};

/** Milliseconds of every page asked for; one `growth` line a page. */
function measure(url: string, token: string, context: BenchContext, rows: number): Promise<number[]> {
  const addresses = pages.map(([list, query]) => ({
    name: `growth.desk.${list}${query ? `?${query}` : ''}`,
    address: `${url}/api/v1/${list}?${query}`,
  }));
  return measureAll(addresses, { authorization: `Bearer ${token}` }, context, rows);
}

/** The same for screens, whole as the server sends them. */
function measureScreens(
  url: string,
  cookie: { name: string; value: string },
  context: BenchContext,
  rows: number,
): Promise<number[]> {
  const addresses = screens.map((path) => ({ name: `growth.desk.screen.${path}`, address: `${url}${path}` }));
  return measureAll(addresses, { cookie: `${cookie.name}=${cookie.value}` }, context, rows);
}

async function measureAll(
  addresses: readonly { name: string; address: string }[],
  headers: Record<string, string>,
  context: BenchContext,
  rows: number,
): Promise<number[]> {
  const all: number[] = [];
  for (const { name, address } of addresses) {
    const times: number[] = [];
    for (let ask = 0; ask < asks + 3; ask += 1) {
      const from = performance.now();
      const response = await fetch(address, { headers, redirect: 'manual' });
      const body = await response.text();
      // A screen whose list did not come is quick to draw.
      if (response.status !== 200 || body.includes('could not be loaded'))
        throw new Error(`${address} answered ${response.status}, or without its rows`);
      // The first few warm the connection and the plan.
      if (ask >= 3) times.push(performance.now() - from);
    }
    context.emit({ name, value: percentile(times, 0.95), unit: 'ms', n: rows });
    all.push(...times);
  }
  return all;
}
