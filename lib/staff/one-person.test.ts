import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute } from '#lib/kernel/command.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { accountsOfPerson, linkOtherAccount, otherAccountOptions, separateAccount } from '#lib/staff/one-person.ts';
import { SoftAuthenticator } from '#lib/staff/soft-authenticator.ts';
import { type Member, mainTenant, type StaffFixture, staffFixture } from '#lib/staff/staff-fixture.ts';

let staff: StaffFixture;
let ada: Member;
let work: Member;
let ben: Member;
let adaToken: string;
beforeAll(async () => {
  staff = await staffFixture();
  ada = await staff.addOperator({ email: 'ada@example.org' });
  work = await staff.addOperator({ email: 'lovelace@example.org', roles: ['incident-commander'] });
  ben = await staff.addOperator({ email: 'ben@example.org' });
  adaToken = (await staff.signIn(ada)).deskToken;
});
afterAll(() => staff.close());

async function link(other: { authenticator: SoftAuthenticator; id: string }, token = adaToken, answerer = token) {
  const options = await otherAccountOptions(staff.database, await staff.current(token));
  const response = other.authenticator.assert(options, other.id);
  return linkOtherAccount(staff.database, await staff.current(answerer), response);
}
const accounts = async (of: Member) =>
  (await staff.database.inTenant(mainTenant, (tx) => accountsOfPerson(tx, mainTenant, of.id))).map(
    ({ email }) => email,
  );
const separate = async (token: string, operatorId: string) =>
  execute(staff.database, separateAccount, (await staff.current(token)).actor, { operatorId, reason: 'a wrong link' });

describe('two accounts of one person', () => {
  test('are linked by a fresh proof of each, and by nothing less', async () => {
    await expect(link(ada)).rejects.toMatchObject({ code: 'conflict' });
    await expect(link({ authenticator: new SoftAuthenticator(), id: work.id })).rejects.toMatchObject({
      code: 'forbidden',
    });
    // The challenge is of this session alone.
    const again = (await staff.signIn(ada)).deskToken;
    await expect(link(work, adaToken, again)).rejects.toMatchObject({ code: 'forbidden' });
    const stale = (await staff.signIn(ada)).deskToken;
    const { session } = await staff.current(stale);
    await asOwner(
      staff.url,
      `UPDATE operator_sessions SET passkey_proved_at = passkey_proved_at - interval '6 minutes' WHERE id = $1`,
      [session.id],
    );
    await expect(link(work, stale)).rejects.toMatchObject({ code: 'step_up_required' });
    const elsewhere = await staff.addOperator({ roles: [] });
    await expect(link(elsewhere)).rejects.toMatchObject({ code: 'not_found' });
    expect(await accounts(ada)).toEqual([]);

    expect(await link(work)).toEqual({ email: 'lovelace@example.org' });
    await expect(link(work)).rejects.toMatchObject({ code: 'conflict' });
    expect(await accounts(ada)).toEqual(['lovelace@example.org']);
    expect(await accounts(work)).toEqual(['ada@example.org']);
    expect(await accounts(ben)).toEqual([]);
    const [entry] = await asOwner<{ entry: string }>(
      staff.url,
      `SELECT entry FROM audit_entries WHERE action = 'user_accounts_linked' AND outcome = 'success'`,
    );
    expect(JSON.parse(entry?.entry ?? '{}')).toMatchObject({ actor: { id: ada.id }, target: { id: work.id } });
    const told = await asOwner<{ address: string }>(
      staff.url,
      `SELECT DISTINCT address FROM notices WHERE subject LIKE '%linked to another%' ORDER BY 1`,
    );
    expect(told.map(({ address }) => address)).toEqual(['ada@example.org', 'lovelace@example.org']);
  });

  test('stay one through mailboxes and further links, also those made later', async () => {
    const third = await staff.addOperator({ email: 'third@example.org' });
    await link(third);
    const late = await staff.addOperator({ email: 'Lovelace+late@example.org' });
    expect((await accounts(late)).sort()).toEqual(['ada@example.org', 'lovelace@example.org', 'third@example.org']);
  });

  test('are taken apart by an administrator who is none of them, with a reason, on record', async () => {
    await expect(separate(adaToken, work.id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(separate(adaToken, ada.id)).rejects.toMatchObject({ code: 'forbidden' });
    const benToken = (await staff.signIn(ben)).deskToken;
    await separate(benToken, ada.id);
    await expect(separate(benToken, ada.id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await accounts(ada)).toEqual([]);
    expect(
      await asOwner(staff.url, `SELECT 1 FROM audit_entries WHERE action = 'user_accounts_separated'`),
    ).toHaveLength(1);
  });
});
