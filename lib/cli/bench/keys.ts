import { createRemoteJWKSet, customFetch, type JWK, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type BenchContext, type BenchGroup, percentile, sizeFrom } from '#lib/cli/bench/group.ts';
import { signToken } from '#lib/kernel/crypto/json-web-token.ts';
import { type KeyMaterial, newKeyMaterial } from '#lib/keys/key-material.ts';
import { allowedFrom, begin, create, kill, type LivingKey, served, take } from '#lib/keys/lifecycle.ts';
import { ownPolicy } from '#lib/keys/own-issuer.ts';
import { rotationSteps } from '#lib/model/signing-key.ts';

const issuer = 'https://desk.example.org';
const audience = 'https://app.example.org';
const policy = ownPolicy;
/** jose's own defaults: what a relying party has that only calls `createRemoteJWKSet`. */
const cacheMs = 600_000;
const cooldownMs = 30_000;

/**
 * Relying parties built on jose's remote key set (10 minutes of cache, clocks off by up to the policy's skew), in simulated time.
 * The lifecycle is the one the desk runs by; the database holds the same rules.
 */
export const benchKeys: BenchGroup = async (context) => {
  const keyring: KeyMaterial[] = [];
  for (let index = 0; index < 4; index += 1) keyring.push(await newKeyMaterial());
  await throughRotations(context, keyring);
  await afterKill(context, keyring);
};

/** A clock that only moves when told, for jose too: it reads `Date.now`. */
async function inSimulatedTime<T>(work: (clock: { at: number }) => Promise<T>): Promise<T> {
  const clock = { at: Date.parse('2026-01-01T00:00:00Z') };
  const real = Date.now;
  Date.now = () => clock.at;
  try {
    return await work(clock);
  } finally {
    Date.now = real;
  }
}

type World = { keys: LivingKey[]; material: Map<string, KeyMaterial> };

function jwksOf(world: World): { keys: JWK[] } {
  return { keys: served(world.keys).flatMap(({ id }) => world.material.get(id)?.publicJwk ?? []) };
}

async function issue(world: World, at: number): Promise<{ token: string; expiresAt: number }> {
  const active = world.keys.find(({ state }) => state === 'active');
  const material = active ? world.material.get(active.id) : undefined;
  if (!material) throw new Error('nothing signs');
  const expiresAt = Math.floor(at / 1000) + policy.tokenLifeSeconds;
  const token = await signToken({
    pkcs8: material.pkcs8,
    kid: material.kid,
    algorithm: 'RS256',
    typ: 'at+jwt',
    claims: { iss: issuer, aud: audience, exp: expiresAt },
    at: new Date(at),
  });
  return { token, expiresAt: expiresAt * 1000 };
}

/** A relying party: its own copy of the key set, its own clock. */
function relyingParty(world: World, skewSeconds: number): { verify(token: string, at: number): Promise<boolean> } {
  const keySet: JWTVerifyGetKey = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
    cacheMaxAge: cacheMs,
    cooldownDuration: cooldownMs,
    [customFetch]: async () => Response.json(jwksOf(world)),
  });
  return {
    verify: (token, at) =>
      jwtVerify(token, keySet, {
        issuer,
        audience,
        typ: 'at+jwt',
        algorithms: ['RS256'],
        clockTolerance: policy.skewSeconds,
        currentDate: new Date(at + skewSeconds * 1000),
      }).then(
        () => true,
        () => false,
      ),
  };
}

/** Two whole rotations, every minute a token, every minute every relying party verifies a living one. */
async function throughRotations(context: BenchContext, keyring: readonly KeyMaterial[]): Promise<void> {
  const parties = sizeFrom('BENCH_RELYING_PARTIES', 12);
  let tried = 0;
  let failed = 0;
  let steps = 0;
  await inSimulatedTime(async (clock) => {
    const world: World = { keys: begin('0', clock.at), material: new Map(keyring.map((one, n) => [String(n), one])) };
    const everybody = Array.from({ length: parties }, (_, n) =>
      relyingParty(world, Math.round(((n / Math.max(1, parties - 1)) * 2 - 1) * policy.skewSeconds)),
    );
    let living: { token: string; expiresAt: number }[] = [];
    for (const heir of ['1', '2']) {
      world.keys = create(world.keys, heir);
      for (const step of rotationSteps) {
        const from = allowedFrom(world.keys, policy, step) ?? clock.at;
        do {
          living = [...living.filter(({ expiresAt }) => expiresAt > clock.at), await issue(world, clock.at)];
          for (const [n, party] of everybody.entries()) {
            // The oldest living one and a newer one in turn; what is on the edge of its life is left to the clocks.
            const safe = living.filter(({ expiresAt }) => expiresAt > clock.at + policy.skewSeconds * 1000);
            const picked = (tried + n) % 2 === 0 ? safe[0] : safe[(tried * 7 + n) % safe.length];
            if (!picked) continue;
            tried += 1;
            if (!(await party.verify(picked.token, clock.at))) failed += 1;
          }
          clock.at += 60_000;
        } while (clock.at < from);
        world.keys = take(world.keys, policy, step, clock.at);
        steps += 1;
      }
    }
  });
  if (steps !== rotationSteps.length * 2) throw new Error('the rotations did not go through');
  context.say(`${tried} verifications by ${parties} relying parties through 2 rotations, ${failed} failed`);
  context.emit({ name: 'keys.failed-verifications', value: failed, unit: 'verifications', n: tried });
}

/** After a kill: how long a token of the killed key is still accepted, by parties that fetched the key set at any time before. */
async function afterKill(context: BenchContext, keyring: readonly KeyMaterial[]): Promise<void> {
  const seconds = { quiet: [] as number[], busy: [] as number[] };
  for (const kind of ['quiet', 'busy'] as const) {
    // When the last fetch was, before the kill: spread over the whole cache time.
    for (let fetched = 0; fetched < cacheMs; fetched += 40_000) {
      await inSimulatedTime(async (clock) => {
        const world: World = {
          keys: begin('0', clock.at),
          material: new Map(keyring.map((one, n) => [String(n), one])),
        };
        const party = relyingParty(world, 0);
        const stolen = await issue(world, clock.at);
        if (!(await party.verify(stolen.token, clock.at))) throw new Error('a good token was refused');
        clock.at += fetched;
        const killedAt = clock.at;
        world.keys = kill(world.keys, '0', '1', clock.at);
        // A busy party sees tokens of the heir, does not know their key, and fetches again; a quiet one waits out its cache.
        const heir = await issue(world, clock.at);
        while (await party.verify(stolen.token, clock.at)) {
          if (kind === 'busy') await party.verify(heir.token, clock.at);
          clock.at += 1_000;
        }
        seconds[kind].push((clock.at - killedAt) / 1000);
      });
    }
  }
  context.say(
    `quiet relying parties: median ${percentile(seconds.quiet, 0.5)} s; busy ones: at most ${Math.max(...seconds.busy)} s`,
  );
  context.emit({
    name: 'keys.accepted-after-kill',
    value: Math.max(...seconds.quiet),
    unit: 's',
    ratio: Math.max(...seconds.quiet) / (cacheMs / 1000),
    against: 'the ten minutes that the relying party caches',
    n: seconds.quiet.length,
  });
  context.emit({
    name: 'keys.accepted-after-kill-busy',
    value: Math.max(...seconds.busy),
    unit: 's',
    n: seconds.busy.length,
  });
}
