import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { test as base, type CDPSession, expect, type Page } from '@playwright/test';

const root = path.resolve(import.meta.dirname, '..');

/** A whole desk of its own: the real supervisor on a fresh DATA_DIR. */
export type Desk = {
  url: string;
  enrolmentLink: string;
  /** All that it printed for people up to its last line. */
  printed: string;
  dataDir: string;
  gatehouse(...args: string[]): Promise<string>;
};

/** Refusals that a journey asks for, and the live stream that is cut when its desk stops. */
const expected = /status of 4\d\d|net::ERR_(INCOMPLETE_CHUNKED_ENCODING|CONNECTION_REFUSED)/;

export const test = base.extend<{ watched: undefined; desk: Desk }>({
  // One a test: the first of them takes the only enrolment link there is.
  desk: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the dependencies of a fixture from this pattern
    async ({}, use) => {
      const desk = await startDesk('start');
      try {
        await use(desk);
      } finally {
        await desk.stop();
      }
    },
    { timeout: 120_000 },
  ],
  // An error in the console fails a journey, whatever else it shows.
  watched: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error' && !expected.test(message.text())) errors.push(message.text());
      });
      await use(undefined);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
});
/** For journeys through the demo: one desk with its samples for all the tests of a file, and of that file alone. */
export function demoTest() {
  return test.extend<object, { demo: Desk }>({
    demo: [
      // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the dependencies of a fixture from this pattern
      async ({}, use) => {
        const demo = await startDesk('demo');
        try {
          await use(demo);
        } finally {
          await demo.stop();
        }
      },
      { scope: 'worker', timeout: 240_000 },
    ],
  });
}
export { expect };

/** Starts the real supervisor on a fresh DATA_DIR and a free port, and waits for its enrolment link. */
export async function startDesk(mode: 'start' | 'demo'): Promise<Desk & { stop(): Promise<void> }> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'gatehouse-e2e-'));
  const port = await freePort();
  const env = {
    ...process.env,
    DATA_DIR: dataDir,
    PORT: String(port),
    GATEHOUSE_URL: `http://localhost:${port}`,
    HOST: '127.0.0.1',
  };
  const desk = spawn(process.execPath, [path.join(root, 'lib/cli/supervisor/main.ts'), mode], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async () => {
    const gone = new Promise((resolve) => desk.once('exit', resolve));
    if (desk.exitCode === null && desk.signalCode === null) {
      desk.kill('SIGTERM');
      await gone;
    }
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const { printed, link } = await printedLink(desk);
    const run = promisify(execFile);
    return {
      url: env.GATEHOUSE_URL,
      enrolmentLink: link,
      printed,
      dataDir,
      gatehouse: async (...args) =>
        (await run(process.execPath, [path.join(root, 'lib/cli/main.ts'), ...args], { cwd: root, env })).stdout.trim(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A virtual authenticator of a page. */
/** Sends records to the desk's own door, as a sender with a token made for it. */
export async function sendRecords(desk: Desk, records: readonly unknown[]): Promise<void> {
  const token = await desk.gatehouse('token', 'create', 'sender', '--scope', 'events:write');
  const answer = await fetch(`${desk.url}/api/v1/ingest/ocsf`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(records),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

export type PasskeyDevice = { cdp: CDPSession; authenticatorId: string };

const builtIn = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const;

/** A passkey device that verifies its user at once. */
export async function addPasskeyDevice(page: Page): Promise<PasskeyDevice> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  return { cdp, ...(await cdp.send('WebAuthn.addVirtualAuthenticator', { options: builtIn })) };
}

/** A security key beside the devices a page has: carried about; `synced` makes one that says it may be copied. */
export async function plugInKey({ cdp }: PasskeyDevice, { synced = false } = {}): Promise<PasskeyDevice> {
  const options = {
    ...builtIn,
    transport: 'usb',
    defaultBackupEligibility: synced,
    defaultBackupState: synced,
  } as const;
  return { cdp, ...(await cdp.send('WebAuthn.addVirtualAuthenticator', { options })) };
}

/** Takes a device away from its page. */
export async function unplug({ cdp, authenticatorId }: PasskeyDevice): Promise<void> {
  await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
}

/** Puts what one device holds on another: the same key in another hand. */
export async function carryPasskeys(from: PasskeyDevice, to: PasskeyDevice): Promise<void> {
  const { credentials } = await from.cdp.send('WebAuthn.getCredentials', { authenticatorId: from.authenticatorId });
  for (const credential of credentials)
    await to.cdp.send('WebAuthn.addCredential', { authenticatorId: to.authenticatorId, credential });
}

/** Enrols with a fresh passkey device by an enrolment link, up to the overview. `email` is asked of the first administrator only. */
export async function enrol(page: Page, link: string, who: { email?: string; name: string }): Promise<PasskeyDevice> {
  const device = await addPasskeyDevice(page);
  await page.goto(link);
  await page.getByLabel('Your name').fill(who.name);
  if (who.email) await page.getByLabel('E-mail').fill(who.email);
  const create = page.getByRole('button', { name: 'Create the passkey' });
  const show = page.getByRole('button', { name: 'Show my recovery codes' });
  const saved = page.getByRole('button', { name: 'I have saved them: open the desk' });
  // On a busy machine a click can come before the page listens, or the desk can ask to try again: a person clicks once more.
  for (const [button, next] of [
    [create, show],
    [show, saved],
  ] as const)
    await expect(async () => {
      if (await button.isVisible()) await button.click({ timeout: 1_000 });
      await expect(next).toBeVisible({ timeout: 10_000 });
    }).toPass();
  await saved.click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  return device;
}

/** Whenever the desk asks this page for a fresh passkey proof, gives it: a slow machine's journey outlasts five minutes. */
export async function confirmWhenAsked(page: Page): Promise<void> {
  await page.addLocatorHandler(page.getByRole('button', { name: 'Use my passkey' }), (button) => button.click());
}

function printedLink(desk: ChildProcess): Promise<{ printed: string; link: string }> {
  return new Promise((resolve, reject) => {
    let printed = '';
    desk.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk;
      const link = /http:\/\/\S+\/enrol#\S+/.exec(printed)?.[0];
      if (link && printed.includes('Stop with')) resolve({ printed, link });
    });
    desk.once('exit', (code) => reject(new Error(`the desk ended at start with ${code}: ${printed}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
