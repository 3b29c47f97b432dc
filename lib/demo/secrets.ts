import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { newSecret } from '#lib/kernel/ids.ts';

/** What secrets.json holds. */
export const demoSecretsShape = z.strictObject({
  providerPort: z.number().int(),
  appPort: z.number().int(),
  managementToken: z.string(),
  cookieKey: z.string(),
  edgeKey: z.string(),
  payrollSecret: z.string(),
  wikiSecret: z.string(),
  /** What everybody at the sample company signs in with, here alone. */
  password: z.string(),
  /** When the demo was first started: the story hangs on it. */
  anchor: z.iso.datetime(),
});
export type DemoSecrets = z.output<typeof demoSecretsShape>;

/** Where they are kept. */
export function demoSecretsFile(dataDir: string): string {
  return path.join(dataDir, 'sample', 'secrets.json');
}

/** Thrown when a port that the demo had before is taken now. */
export class DemoPortTaken extends Error {
  override name = 'DemoPortTaken';
}

/**
 * The demo's secrets and ports on this DATA_DIR, made at the first start and kept (mode 0600). The provider's port is part of who
 * its people are (the issuer), so it stays what it was. @throws DemoPortTaken
 */
export async function loadDemoSecrets(dataDir: string, deskPort: number): Promise<DemoSecrets> {
  const file = demoSecretsFile(dataDir);
  if (existsSync(file)) {
    const secrets = demoSecretsShape.parse(JSON.parse(readFileSync(file, 'utf8')));
    for (const port of [secrets.providerPort, secrets.appPort])
      if (!(await isFree(port)))
        throw new DemoPortTaken(
          `The sample provider and applications had port ${port} before, and another program has it now. Stop that one, or use another DATA_DIR.`,
        );
    return secrets;
  }
  const providerPort = await freePortFrom(deskPort + 1);
  const secrets: DemoSecrets = {
    providerPort,
    appPort: await freePortFrom(providerPort + 1),
    managementToken: newSecret(),
    cookieKey: newSecret(),
    edgeKey: newSecret(),
    payrollSecret: newSecret(),
    wikiSecret: newSecret(),
    password: `crane-${newSecret()
      .replace(/[^a-z0-9]/gi, '')
      .toLowerCase()
      .slice(0, 12)}`,
    anchor: new Date().toISOString(),
  };
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return secrets;
}

async function freePortFrom(first: number): Promise<number> {
  for (let port = first; port < first + 200; port += 1) if (await isFree(port)) return port;
  throw new DemoPortTaken(`No port from ${first} to ${first + 199} is free for the sample provider and applications.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
