import { z } from 'zod';

const port = z.coerce.number().int().min(1).max(65_535);
const shape = z.object({
  /** The folder of the provider's own state. */
  SAMPLE_PROVIDER_DIR: z.string().min(1),
  SAMPLE_PROVIDER_PORT: port,
  SAMPLE_APP_PORT: port,
  /** Gatehouse's ingest door, and what opens it. */
  SAMPLE_INGEST_URL: z.url(),
  SAMPLE_INGEST_TOKEN: z.string().min(20),
  /** Opens the management interface: the secret that Gatehouse's connection holds. */
  SAMPLE_MANAGEMENT_TOKEN: z.string().min(32),
  /** Signs cookies and proves the edge that may say where a visitor comes from. */
  SAMPLE_COOKIE_KEY: z.string().min(32),
  SAMPLE_EDGE_KEY: z.string().min(32),
  SAMPLE_PASSWORD: z.string().min(12),
  SAMPLE_PAYROLL_SECRET: z.string().min(32),
  SAMPLE_WIKI_SECRET: z.string().min(32),
});

export type ProviderSettings = z.output<typeof shape> & { issuer: string; appUrl: string };

/** Reads what the supervisor gave the sample provider. Loopback addresses only. @throws Error naming what is missing */
export function readProviderSettings(source: Record<string, string | undefined> = process.env): ProviderSettings {
  const settings = shape.parse(source);
  return {
    ...settings,
    issuer: `http://127.0.0.1:${settings.SAMPLE_PROVIDER_PORT}`,
    appUrl: `http://127.0.0.1:${settings.SAMPLE_APP_PORT}`,
  };
}
