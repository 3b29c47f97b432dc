import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test';
import { benchOperator } from '#lib/cli/bench/bench-operator.ts';
import { type BenchContext, median, percentile } from '#lib/cli/bench/group.ts';
import { findChromium } from '#lib/cli/checks/find-chromium.ts';

const pages = ['/', '/signals', '/sessions', '/events', '/people'];
const loads = 5;
const rounds = 6;

/**
 * The desk in a real Chromium, signed in, on this machine alone (no network to wait for): what the first load of a page takes over
 * the wire, when its largest part is drawn, and how long an act takes until the screen shows it (Event Timing, so steps of 8 ms).
 */
export async function deskInBrowser(context: BenchContext, url: string, rows: number): Promise<void> {
  const executablePath = findChromium();
  if (!executablePath) return context.say('no Chromium here: what a browser feels was not measured');
  const browser = await chromium.launch({
    executablePath,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-background-networking'],
  });
  try {
    const cookie = await benchOperator();
    const enter = () => signedInContext(browser, url, cookie);
    // What the server does once a page is not what a person waits for each time.
    for (const path of pages) await firstLoad(enter, `${url}${path}`);
    const kilobytes: number[] = [];
    const largest: number[] = [];
    for (const path of pages) {
      const times: number[] = [];
      for (let load = 0; load < loads; load += 1) {
        const { bytes, lcpMs } = await firstLoad(enter, `${url}${path}`);
        times.push(lcpMs);
        if (load === 0) kilobytes.push(bytes / 1024);
      }
      largest.push(median(times));
      context.emit({ name: `growth.desk.lcp.${path}`, value: median(times), unit: 'ms', n: rows });
    }
    context.emit({ name: 'desk.first-load-kb', value: Math.max(...kilobytes), unit: 'kB', n: pages.length });
    context.emit({ name: 'desk.lcp-ms', value: Math.max(...largest), unit: 'ms', n: rows });
    const acts = await interactions(enter, url);
    context.emit({ name: 'desk.interaction-ms', value: percentile(acts, 0.95), unit: 'ms', n: acts.length });
  } finally {
    await browser.close();
  }
}

async function signedInContext(
  browser: Browser,
  url: string,
  cookie: { name: string; value: string },
): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  // A `__Host-` cookie is of a secure origin; localhost without TLS is one to the browser, but not to the way cookies are put in.
  const at = url.replace(/^http:/, 'https:');
  await context.addCookies([{ ...cookie, url: at, httpOnly: true, secure: true, sameSite: 'Lax' }]);
  return context;
}

/** A page in a browser that has nothing of the desk yet. */
async function firstLoad(enter: () => Promise<BrowserContext>, url: string): Promise<{ bytes: number; lcpMs: number }> {
  const context = await enter();
  try {
    const page = await context.newPage();
    const wire = await context.newCDPSession(page);
    let bytes = 0;
    await wire.send('Network.enable');
    wire.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    await open(page, url);
    const lcpMs = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? 0)).observe({
            type: 'largest-contentful-paint',
            buffered: true,
          });
        }),
    );
    return { bytes, lcpMs };
  } finally {
    await context.close();
  }
}

/** Opens a page as a person sees it: with its heading drawn and what it needs loaded. The live stream keeps the network busy for ever. */
async function open(page: Page, url: string): Promise<void> {
  const answer = await page.goto(url, { waitUntil: 'load' });
  if (answer?.status() !== 200 || new URL(page.url()).pathname !== new URL(url).pathname)
    throw new Error(`${url} answered ${answer?.status()} at ${page.url()}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForTimeout(500);
}

/** Milliseconds from each key press or click to the next frame, of acts that a person does all day. */
async function interactions(enter: () => Promise<BrowserContext>, url: string): Promise<number[]> {
  const context = await enter();
  try {
    const page = await context.newPage();
    await open(page, `${url}/sessions`);
    await page.evaluate(() => {
      const found: number[] = [];
      Object.assign(window, { benchDurations: found });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as PerformanceEventTiming[])
          if (entry.interactionId) found.push(entry.duration);
      }).observe({ type: 'event', durationThreshold: 16, buffered: false } as PerformanceObserverInit);
    });
    let done = 0;
    const act = async (work: () => Promise<void>) => {
      await work();
      done += 1;
      await page.waitForTimeout(120);
    };
    for (let round = 0; round < rounds; round += 1) {
      for (const key of ['j', 'j', 'k', 'x', 'x']) await act(() => page.keyboard.press(key));
      await act(() => page.keyboard.press('Control+k'));
      for (const key of ['s', 'e', 's', 'Escape']) await act(() => page.keyboard.press(key));
      await act(() => page.getByRole('button', { name: 'filter', exact: false }).first().click());
      await act(() => page.keyboard.press('Escape'));
    }
    const durations = await page.evaluate(() => (window as unknown as { benchDurations: number[] }).benchDurations);
    // What the observer leaves out took less than its smallest step.
    return [...durations, ...Array.from({ length: Math.max(0, done - durations.length) }, () => 8)];
  } finally {
    await context.close();
  }
}
