import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Env } from '#lib/kernel/env.ts';

/** The key that wraps every other secret at rest: 32 bytes. */
export type KeyEncryptionKey = { key: Buffer; origin: 'environment' | 'file' | 'generated' };

/**
 * Reads the KEK from GATEHOUSE_KEK (base64 or hex), from GATEHOUSE_KEK_FILE, or from DATA_DIR/secrets/kek, which is generated
 * with mode 0600 when nothing is given. @throws Error when what is given is not 32 bytes.
 */
export function loadKeyEncryptionKey(
  env: Pick<Env, 'GATEHOUSE_KEK' | 'GATEHOUSE_KEK_FILE' | 'DATA_DIR'>,
): KeyEncryptionKey {
  if (env.GATEHOUSE_KEK) return { key: decode(env.GATEHOUSE_KEK, 'GATEHOUSE_KEK'), origin: 'environment' };
  if (env.GATEHOUSE_KEK_FILE)
    return { key: decode(readFileSync(env.GATEHOUSE_KEK_FILE, 'utf8'), 'GATEHOUSE_KEK_FILE'), origin: 'file' };
  const file = path.join(env.DATA_DIR, 'secrets', 'kek');
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
    try {
      // A link, not a rename: of two processes that generate at once, the second keeps the first one's key.
      linkSync(fresh, file);
    } catch (error) {
      if (!existsSync(file)) throw error;
    } finally {
      rmSync(fresh, { force: true });
    }
  }
  return { key: decode(readFileSync(file, 'utf8'), file), origin: 'generated' };
}

function decode(text: string, name: string): Buffer {
  const trimmed = text.trim();
  const key = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, 'hex') : Buffer.from(trimmed, 'base64');
  if (key.length !== 32)
    throw new Error(`${name} must hold 32 bytes in base64 or hex. Make one with: openssl rand -base64 32`);
  return key;
}
