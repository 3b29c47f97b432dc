import path from 'node:path';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const cidrs = z
  .string()
  .default('')
  .transform((text, context) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .flatMap((part) => {
        try {
          return [part.includes('/') ? ipaddr.parseCIDR(part) : single(part)];
        } catch {
          context.addIssue({
            code: 'custom',
            message: `"${part}" is no network; expected CIDRs such as 10.0.0.0/8, separated by commas`,
          });
          return [];
        }
      }),
  );

const shape = z
  .object({
    PORT: z.coerce.number({ error: 'expected a port number from 1 to 65535' }).int().min(1).max(65_535).default(3000),
    HOST: z.string().min(1).default('127.0.0.1'),
    DATA_DIR: z
      .string()
      .min(1)
      .default('.data')
      .transform((dir) => path.resolve(dir)),
    DATABASE_URL: z
      .string()
      .regex(
        /^postgres(ql)?:\/\//,
        'expected postgresql://user:password@host:port/database, or unset for the embedded database',
      )
      .optional(),
    GATEHOUSE_URL: z
      .url({ protocol: /^https?$/, error: 'expected the public origin, such as https://desk.example.org' })
      .optional(),
    GATEHOUSE_KEK: z.string().optional(),
    GATEHOUSE_KEK_FILE: z.string().optional(),
    TRUSTED_PROXIES: cidrs,
    GEOIP_CITY_DB: z.string().optional(),
    GEOIP_ASN_DB: z.string().optional(),
    SMTP_URL: z
      .string()
      .regex(
        /^smtps?:\/\/[^\s]+$/,
        'expected smtp://user:password@host:587 or smtps://user:password@host:465, or unset',
      )
      .optional(),
    SMTP_FROM: z.email({ error: 'expected the address that notices come from' }).optional(),
    NODE_TLS_REJECT_UNAUTHORIZED: z
      .string()
      .optional()
      .refine((value) => value !== '0', 'must not be 0: providers would be called without checking who answers'),
  })
  .refine((env) => !env.SMTP_URL === !env.SMTP_FROM, {
    path: ['SMTP_FROM'],
    message: 'SMTP_URL and SMTP_FROM belong together: set both to send notices by mail, or neither',
  });

export type Env = Omit<z.output<typeof shape>, 'GATEHOUSE_URL' | 'NODE_TLS_REJECT_UNAUTHORIZED'> & {
  GATEHOUSE_URL: string;
};

/** Thrown when the environment is wrong; the message names every wrong variable and what is expected. */
export class WrongEnvironment extends Error {
  override name = 'WrongEnvironment';
}

/**
 * Reads the environment once, checked as a whole. Empty values count as unset. GATEHOUSE_URL defaults to http://localhost:PORT.
 * @throws WrongEnvironment
 */
export function readEnv(source: Record<string, string | undefined> = process.env): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = shape.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new WrongEnvironment(`The environment is not right, so nothing was started.\n${lines.join('\n')}`);
  }
  const { GATEHOUSE_URL, NODE_TLS_REJECT_UNAUTHORIZED: _checked, ...rest } = parsed.data;
  return { ...rest, GATEHOUSE_URL: new URL(GATEHOUSE_URL ?? `http://localhost:${rest.PORT}`).origin };
}

function single(address: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const parsed = ipaddr.parse(address);
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128];
}
