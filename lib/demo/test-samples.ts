import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSampleApp } from '#lib/demo/app/server.ts';
import { readAppSettings } from '#lib/demo/app/settings.ts';
import { managementPath } from '#lib/demo/provider/management-api.ts';
import { startSampleProvider } from '#lib/demo/provider/server.ts';
import { readProviderSettings } from '#lib/demo/provider/settings.ts';
import { openPersonBrowser, type PersonBrowser } from '#lib/demo/story/person-browser.ts';
import type { Connection } from '#lib/providers/definition.ts';

/** What a test's ingest door does with a delivery. @returns the status it answers */
export type TakeRecords = (lines: Buffer) => Promise<number>;
export type TestSamples = Awaited<ReturnType<typeof startTestSamples>>;

/** The real sample provider and applications in this process, on free ports and a folder of their own; the ingest door is the test's. */
export async function startTestSamples(take: TakeRecords) {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-samples-'));
  const secret = () => randomBytes(32).toString('base64url');
  const door = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      take(Buffer.concat(chunks)).then(
        (status) =>
          response
            .writeHead(status, { 'Content-Type': 'application/json' })
            .end(status === 200 ? '{"quarantined":0,"items":[]}' : '{}'),
        () => response.writeHead(500).end(),
      );
    });
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const [providerPort, appPort] = [await freePort(), await freePort()];
  const environment = {
    SAMPLE_PROVIDER_DIR: path.join(folder, 'provider'),
    SAMPLE_APP_DIR: path.join(folder, 'app'),
    SAMPLE_PROVIDER_PORT: String(providerPort),
    SAMPLE_APP_PORT: String(appPort),
    SAMPLE_INGEST_URL: `http://127.0.0.1:${(door.address() as AddressInfo).port}/api/v1/ingest/sample`,
    SAMPLE_INGEST_TOKEN: `ght_${secret()}`,
    SAMPLE_MANAGEMENT_TOKEN: secret(),
    SAMPLE_COOKIE_KEY: secret(),
    SAMPLE_EDGE_KEY: secret(),
    SAMPLE_PASSWORD: 'a password of this test alone',
    SAMPLE_PAYROLL_SECRET: secret(),
    SAMPLE_WIKI_SECRET: secret(),
  };
  let provider = await startSampleProvider(readProviderSettings(environment));
  let app = await startSampleApp(readAppSettings(environment));
  const browsers: PersonBrowser[] = [];
  const issuer = `http://127.0.0.1:${providerPort}`;
  const origin = `http://127.0.0.1:${appPort}`;
  const connection: Connection = {
    baseUrl: `${issuer}${managementPath}`,
    secret: environment.SAMPLE_MANAGEMENT_TOKEN,
    allowance: { networks: ['127.0.0.0/8'], ports: [providerPort], plainHttp: true },
  };
  return {
    issuer,
    payroll: `${origin}/payroll`,
    wiki: `${origin}/wiki`,
    password: environment.SAMPLE_PASSWORD,
    connection,
    /** A person's browser; `edgeKey` proves that the address may be believed. */
    browser(seat: { ip?: string; userAgent: string; edgeKey?: string }): PersonBrowser {
      const opened = openPersonBrowser(
        { ip: seat.ip ?? '91.65.1.1', userAgent: seat.userAgent, edgeKey: seat.edgeKey ?? environment.SAMPLE_EDGE_KEY },
        [issuer, origin],
      );
      browsers.push(opened);
      return opened;
    },
    stopApp: () => app.stop(),
    async startApp() {
      app = await startSampleApp(readAppSettings(environment));
    },
    async restartProvider() {
      await provider.stop();
      provider = await startSampleProvider(readProviderSettings(environment));
    },
    async close() {
      await Promise.all(browsers.splice(0).map((browser) => browser.close()));
      await app.stop();
      await provider.stop();
      door.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
