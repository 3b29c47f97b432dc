import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { newSecret } from '#lib/kernel/ids.ts';
import { registrationOptions, verifyRegistration } from '#lib/staff/new-passkey.ts';
import { assertionOptions, type ProofFailure, verifyAssertion } from '#lib/staff/passkeys.ts';
import { signInWithPasskey } from '#lib/staff/sign-in.ts';
import { SoftAuthenticator, type Tampering } from '#lib/staff/soft-authenticator.ts';
import { anAttempt, type Member, type StaffFixture, staffFixture } from '#lib/staff/staff-fixture.ts';

let staff: StaffFixture;
let ada: Member;
beforeAll(async () => {
  staff = await staffFixture();
  ada = await staff.addOperator();
});
afterAll(() => staff.close());

async function attempt(member: Member, tampering: Tampering = {}, other: { challengeFor?: string } = {}) {
  const boundTo = newSecret();
  const options = await assertionOptions(staff.database, { purpose: 'sign-in', boundTo });
  const response = member.authenticator.assert(options, member.id, tampering);
  return verifyAssertion(staff.database, { purpose: 'sign-in', boundTo: other.challengeFor ?? boundTo, response });
}

describe('[v5.0.0-V6.3.3] an assertion that is not exactly right signs nobody in', () => {
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const wrong: [string, Tampering, ProofFailure['why']][] = [
    ['type', { type: 'webauthn.create' }, 'signature'],
    ['origin', { origin: 'https://localhost.example.org' }, 'signature'],
    ['origin of another port', { origin: 'http://localhost:3001' }, 'signature'],
    ['relying party', { rpId: 'example.org' }, 'signature'],
    ['challenge', { challenge: newSecret() }, 'challenge'],
    ['frame of another site', { crossOrigin: true }, 'signature'],
    ['user not present', { flags: 0x04 }, 'signature'],
    ['user not verified', { flags: 0x01 }, 'signature'],
    ['backup state without eligibility', { flags: 0x05 | 0x10 }, 'signature'],
    ['backup eligibility turned on', { flags: 0x05 | 0x08 }, 'backup_state'],
    ['bit-flipped signature', { flipSignature: true }, 'signature'],
    ["somebody else's key", { signWith: stranger }, 'signature'],
    [
      'an RSA signature for an EC key',
      { signWith: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey },
      'signature',
    ],
    ['bytes after the authenticator data', { trailing: new Uint8Array([0]) }, 'signature'],
    ['no user named', { userHandle: null }, 'wrong_user'],
  ];
  test.each(wrong)('%s', async (_what, tampering, why) => {
    expect(await attempt(ada, tampering)).toMatchObject({ ok: false, why });
  });

  test('an honest one does', async () => {
    expect(await attempt(ada)).toMatchObject({ ok: true, operatorId: ada.id });
  });

  test("another operator's name on one's own credential, and a credential nobody registered", async () => {
    const grace = await staff.addOperator();
    expect(await attempt(ada, { userHandle: grace.id })).toMatchObject({ ok: false, why: 'wrong_user' });
    expect(await attempt({ ...ada, authenticator: new SoftAuthenticator() })).toMatchObject({ why: 'unknown_passkey' });
    // Asked for one person, answered by another.
    const boundTo = newSecret();
    const options = await assertionOptions(staff.database, { purpose: 'approval', boundTo, operatorId: ada.id });
    const response = grace.authenticator.assert(options, grace.id);
    expect(
      await verifyAssertion(staff.database, { purpose: 'approval', boundTo, operatorId: ada.id, response }),
    ).toMatchObject({ ok: false, why: 'wrong_user' });
  });

  test('a counter that does not move forward, and two assertions with one counter value', async () => {
    const grace = await staff.addOperator();
    await attempt(grace, { counter: 41 });
    expect(await attempt(grace, { counter: 41 })).toMatchObject({ ok: false, why: 'counter' });
    expect(await attempt(grace, { counter: 40 })).toMatchObject({ ok: false, why: 'counter' });
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => attempt(grace, { counter: 42 })));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('a disabled operator', async () => {
    const grace = await staff.addOperator();
    await asOwner(staff.url, 'UPDATE operators SET disabled_at = now() WHERE id = $1', [grace.id]);
    expect(await attempt(grace)).toMatchObject({ ok: false, why: 'disabled' });
  });
});

describe('[v5.0.0-V6.7.2] a challenge is random, ours, and serves once', () => {
  test('50,000 are 32 bytes and never the same', async () => {
    const seen = new Set<string>();
    for (let n = 0; n < 50_000; n += 1) seen.add(newSecret());
    expect(seen.size).toBe(50_000);
    const options = await assertionOptions(staff.database, { purpose: 'sign-in', boundTo: newSecret() });
    expect(Buffer.from(options.challenge, 'base64url')).toHaveLength(32);
    expect(options).toMatchObject({ userVerification: 'required', allowCredentials: undefined });
  });

  test('of twenty answers to one challenge at once one counts, and a failed one uses it up', async () => {
    const boundTo = newSecret();
    const options = await assertionOptions(staff.database, { purpose: 'sign-in', boundTo });
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        verifyAssertion(staff.database, {
          purpose: 'sign-in',
          boundTo,
          response: ada.authenticator.assert(options, ada.id),
        }),
      ),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    const second = await assertionOptions(staff.database, { purpose: 'sign-in', boundTo });
    const judge = (response: unknown) => verifyAssertion(staff.database, { purpose: 'sign-in', boundTo, response });
    expect(await judge(ada.authenticator.assert(second, ada.id, { flipSignature: true }))).toMatchObject({ ok: false });
    expect(await judge(ada.authenticator.assert(second, ada.id))).toMatchObject({ why: 'challenge' });
  });

  test('not in another browser, not for another purpose or subject, not after five minutes', async () => {
    expect(await attempt(ada, {}, { challengeFor: newSecret() })).toMatchObject({ why: 'challenge' });
    const boundTo = newSecret();
    const binding = { purpose: 'approval' as const, boundTo, operatorId: ada.id, subject: 'proposal 1' };
    const ask = async () => ada.authenticator.assert(await assertionOptions(staff.database, binding), ada.id);
    for (const other of [{ purpose: 'step-up' as const }, { subject: 'proposal 2' }])
      expect(await verifyAssertion(staff.database, { ...binding, ...other, response: await ask() })).toMatchObject({
        why: 'challenge',
      });
    const late = await ask();
    await asOwner(staff.url, "UPDATE challenges SET expires_at = expires_at - interval '5 minutes 1 second'");
    expect(await verifyAssertion(staff.database, { ...binding, response: late })).toMatchObject({ why: 'challenge' });
  });

  test('[v5.0.0-V7.5.3] a challenge that is the digest of an act approves that act alone', async () => {
    const digest = Buffer.alloc(32, 7);
    const binding = { purpose: 'approval' as const, boundTo: newSecret(), operatorId: ada.id, subject: 'proposal 3' };
    const options = await assertionOptions(staff.database, { ...binding, challenge: digest });
    expect(options.challenge).toBe(digest.toString('base64url'));
    const proof = await verifyAssertion(staff.database, {
      ...binding,
      response: ada.authenticator.assert(options, ada.id),
    });
    if (!proof.ok) throw new Error(proof.why);
    const signed = JSON.parse(Buffer.from(proof.evidence.clientDataJSON, 'base64url').toString('utf8'));
    expect(signed.challenge).toBe(digest.toString('base64url'));
  });
});

test('what is no assertion at all is refused without an error', async () => {
  for (const response of [
    null,
    1,
    'x',
    [],
    {},
    { id: 'a', rawId: 'a', type: 'public-key', response: { clientDataJSON: 'e30' } },
  ])
    expect(await signInWithPasskey(staff.database, response, anAttempt())).toBeNull();
});

test('a registration of the wrong kind makes no passkey', async () => {
  const boundTo = newSecret();
  const binding = { purpose: 'new-passkey' as const, boundTo, subject: ada.id };
  const person = { operatorId: ada.id, email: ada.email, displayName: 'Ada' };
  const wrong: Tampering[] = [
    { type: 'webauthn.get' },
    { origin: 'https://evil.example' },
    { rpId: 'evil.example' },
    { crossOrigin: true },
    { flags: 0x41 },
    { flags: 0x44 },
    { challenge: newSecret() },
  ];
  for (const tampering of wrong) {
    const options = await registrationOptions(staff.database, { ...binding, ...person });
    const response = new SoftAuthenticator().register(options, tampering);
    expect(await verifyRegistration(staff.database, { ...binding, response }), JSON.stringify(tampering)).toBeNull();
  }
});
