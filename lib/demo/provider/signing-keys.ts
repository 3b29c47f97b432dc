import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { State } from '#lib/demo/provider/state.ts';
import { now } from '#lib/kernel/clock.ts';

/** `created`: known to nobody. `published`: in the JWKS, signs nothing yet. `active`: signs. `retiring`: still in the JWKS. `retired`: gone from it. */
export type KeyState = 'created' | 'published' | 'active' | 'retiring' | 'retired' | 'destroyed';
export type SigningKey = {
  kid: string;
  state: KeyState;
  alg: 'RS256';
  publicJwk: JWK;
  createdAt: string;
  publishedAt: string | null;
  activatedAt: string | null;
  retiringAt: string | null;
  retiredAt: string | null;
  /** How many tokens it signed, and when the last. */
  signatures: number;
  lastSignedAt: string | null;
};

/** Thrown when a key cannot go where it is told from where it is. */
export class WrongKeyState extends Error {
  override name = 'WrongKeyState';
}

export type SigningKeys = ReturnType<typeof openSigningKeys>;

/** The provider's signing keys, kept in its state. RSA-3072 with RS256. `onChange` is called after what the JWKS shows has changed. */
export function openSigningKeys(state: State, onChange: () => void) {
  const { sqlite } = state;

  /** Keys in the making, by reference: making one takes seconds on a busy machine, longer than some callers wait. */
  const making = new Map<string, Promise<SigningKey>>();

  const create = async (reference: string | null): Promise<SigningKey> => {
    const pair = await generateKeyPair('RS256', { modulusLength: 3072, extractable: true });
    const publicJwk = await exportJWK(pair.publicKey);
    const kid = await calculateJwkThumbprint(publicJwk);
    const named = (jwk: JWK) => JSON.stringify({ ...jwk, kid, alg: 'RS256', use: 'sig' });
    sqlite
      .prepare(
        `INSERT INTO signing_keys (kid, state, private_jwk, public_jwk, created_at, reference) VALUES (?, 'created', ?, ?, ?, ?)`,
      )
      .run(kid, named(await exportJWK(pair.privateKey)), named(publicJwk), now().getTime(), reference);
    return find(kid);
  };

  /** The key of this reference: the one that was made for it before, or is being made, else a new one. Without one, a new key. */
  const createOnce = (reference: string | null): Promise<SigningKey> => {
    if (reference === null) return create(null);
    const row = sqlite.prepare('SELECT * FROM signing_keys WHERE reference = ?').get(reference);
    if (row) return Promise.resolve(readKey(row));
    const made = making.get(reference) ?? create(reference).finally(() => making.delete(reference));
    making.set(reference, made);
    return made;
  };

  const find = (kid: string): SigningKey => {
    const row = sqlite.prepare('SELECT * FROM signing_keys WHERE kid = ?').get(kid);
    if (!row) throw new WrongKeyState('There is no such key.');
    return readKey(row);
  };

  /** The status is in the WHERE: a move that changes no row is refused. */
  const move = (kid: string, from: KeyState[], to: KeyState, column: string | null): void => {
    const marks = from.map(() => '?').join(', ');
    const set = column ? `, ${column} = COALESCE(${column}, ${now().getTime()})` : '';
    const moved = sqlite
      .prepare(`UPDATE signing_keys SET state = ?${set} WHERE kid = ? AND state IN (${marks})`)
      .run(to, kid, ...from);
    if (moved.changes === 0) throw new WrongKeyState(`The key is ${find(kid).state}; it cannot become ${to}.`);
  };

  const publish = (kid: string): SigningKey => {
    move(kid, ['created'], 'published', 'published_at');
    onChange();
    return find(kid);
  };

  /** The key signs from now on; the one that did is retiring and stays in the JWKS. */
  const activate = (kid: string): SigningKey => {
    state.inTransaction(() => {
      const { state: current } = find(kid);
      if (current !== 'published' && current !== 'retiring')
        throw new WrongKeyState(`The key is ${current}; publish it first.`);
      const active = sqlite.prepare(`SELECT kid FROM signing_keys WHERE state = 'active'`).get();
      if (active) move(String(active.kid), ['active'], 'retiring', 'retiring_at');
      move(kid, ['published', 'retiring'], 'active', 'activated_at');
    });
    onChange();
    return find(kid);
  };

  /** Takes a key out of the JWKS: nothing that it signed verifies any more. The active one cannot be retired. */
  const retire = (kid: string): SigningKey => {
    move(kid, ['retiring', 'published', 'created'], 'retired', 'retired_at');
    onChange();
    return find(kid);
  };

  /** Forgets the private half for good. */
  const destroy = (kid: string): SigningKey => {
    move(kid, ['retired'], 'destroyed', null);
    sqlite.prepare('UPDATE signing_keys SET private_jwk = NULL WHERE kid = ?').run(kid);
    return find(kid);
  };

  return {
    create: createOnce,
    find,
    publish,
    activate,
    retire,
    destroy,
    list: (): SigningKey[] => sqlite.prepare('SELECT * FROM signing_keys ORDER BY created_at DESC').all().map(readKey),
    /** The first start makes a key, publishes and activates it. */
    async ensureActive(): Promise<void> {
      if (sqlite.prepare(`SELECT 1 FROM signing_keys WHERE state = 'active'`).get()) return;
      const { kid } = await create(null);
      publish(kid);
      activate(kid);
    },
    /** What oidc-provider signs and verifies with: the active key first, for it takes the first that fits. */
    privateJwks(): { keys: JWK[] } {
      const rows = sqlite
        .prepare(
          `SELECT private_jwk FROM signing_keys WHERE state IN ('active', 'published', 'retiring') ORDER BY state <> 'active', created_at DESC`,
        )
        .all();
      return { keys: rows.map((row) => JSON.parse(String(row.private_jwk)) as JWK) };
    },
    countSignature(kid: string): void {
      sqlite
        .prepare('UPDATE signing_keys SET signatures = signatures + 1, last_signed_at = ? WHERE kid = ?')
        .run(now().getTime(), kid);
    },
  };
}

function readKey(row: Record<string, unknown>): SigningKey {
  const time = (value: unknown) => (value === null ? null : new Date(Number(value)).toISOString());
  return {
    kid: String(row.kid),
    state: row.state as KeyState,
    alg: 'RS256',
    publicJwk: JSON.parse(String(row.public_jwk)) as JWK,
    createdAt: time(row.created_at) ?? '',
    publishedAt: time(row.published_at),
    activatedAt: time(row.activated_at),
    retiringAt: time(row.retiring_at),
    retiredAt: time(row.retired_at),
    signatures: Number(row.signatures),
    lastSignedAt: time(row.last_signed_at),
  };
}
