import { z } from 'zod';
import type { SampleClientId } from '#lib/demo/provider/clients.ts';

const port = z.coerce.number().int().min(1).max(65_535);
const shape = z.object({
  SAMPLE_APP_DIR: z.string().min(1),
  SAMPLE_APP_PORT: port,
  SAMPLE_PROVIDER_PORT: port,
  SAMPLE_PAYROLL_SECRET: z.string().min(32),
  SAMPLE_WIKI_SECRET: z.string().min(32),
});

export type AppSettings = {
  folder: string;
  port: number;
  origin: string;
  issuer: string;
  secrets: Record<SampleClientId, string>;
};

/** Reads what the supervisor gave the sample applications. @throws Error naming what is missing */
export function readAppSettings(source: Record<string, string | undefined> = process.env): AppSettings {
  const given = shape.parse(source);
  return {
    folder: given.SAMPLE_APP_DIR,
    port: given.SAMPLE_APP_PORT,
    origin: `http://127.0.0.1:${given.SAMPLE_APP_PORT}`,
    issuer: `http://127.0.0.1:${given.SAMPLE_PROVIDER_PORT}`,
    secrets: { payroll: given.SAMPLE_PAYROLL_SECRET, wiki: given.SAMPLE_WIKI_SECRET },
  };
}
