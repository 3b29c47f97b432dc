import type { EventType, FailureReason, Outcome } from '#lib/model/event.ts';

export type OneLoginMeaning = { type: EventType; outcome: Outcome; reason: FailureReason | null };

const did = (type: EventType): OneLoginMeaning => ({ type, outcome: 'success', reason: null });
const failed = (type: EventType, reason: FailureReason = 'other'): OneLoginMeaning => ({
  type,
  outcome: 'failure',
  reason,
});

/**
 * OneLogin's event type ids (Events API "event types"), one meaning a line. What is not here is `other` and stays countable. Accounts
 * that OneLogin keeps in applications and directories are not the account here: what happens to them is a change of it.
 */
const meanings: ReadonlyMap<number, OneLoginMeaning> = new Map(
  (
    [
      [did('sign_in'), [5, 8, 68, 78, 122, 130, 140, 153, 900, 904]],
      [failed('sign_in', 'invalid_credentials'), [6, 69, 86, 123, 129, 141, 154]],
      [failed('sign_in'), [9, 77, 85, 118, 901, 905]],
      [failed('sign_in', 'policy_denied'), [90]],
      [did('sign_out'), [7, 29]],
      [did('session_revoked'), [516]],
      [failed('session_revoked'), [523]],
      [did('token_issued'), [515]],
      [failed('token_issued'), [522]],
      [did('impersonation_started'), [3]],
      [did('mfa_verified'), [528, 1400]],
      [failed('mfa_verified', 'mfa_failed'), [527, 1002]],
      [failed('mfa_challenge'), [105]],
      [did('factor_added'), [22, 27, 170]],
      [did('factor_removed'), [24, 172]],
      [did('recovery_started'), [18, 36]],
      [did('password_reset_requested'), [10]],
      [did('password_changed'), [11]],
      [did('password_reset'), [211, 510, 511]],
      [failed('password_reset'), [517, 518]],
      [did('account_locked'), [19, 35, 531, 553]],
      [failed('account_locked'), [526]],
      [did('account_unlocked'), [12, 40, 120]],
      [did('account_created'), [13, 33, 48, 101, 115, 533]],
      [failed('account_created'), [102, 116, 525, 534]],
      [
        did('account_changed'),
        [
          14, 51, 52, 53, 54, 55, 59, 80, 81, 82, 83, 84, 110, 137, 145, 147, 148, 149, 150, 171, 173, 206, 207, 213,
          214, 512, 529,
        ],
      ],
      [failed('account_changed'), [49, 61, 62, 63, 64, 65, 79, 111, 138, 146, 519, 532]],
      [did('account_disabled'), [15, 21, 551]],
      [did('account_enabled'), [16, 32]],
      [did('account_deleted'), [17, 28, 530]],
      [failed('account_deleted'), [524]],
      [did('privilege_granted'), [4, 70, 72, 151, 513]],
      [failed('privilege_granted'), [520]],
      [did('privilege_revoked'), [71, 73, 152, 514]],
      [failed('privilege_revoked'), [521]],
      [
        did('admin_action'),
        [
          1, 2, 23, 30, 74, 75, 76, 112, 119, 126, 127, 156, 157, 158, 159, 160, 161, 162, 163, 164, 165, 166, 167, 168,
          169, 174, 175, 176, 177, 178, 179, 180, 181, 182, 183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 194,
          195, 196, 197, 198, 199, 200, 201, 202, 203, 204, 205, 240,
        ],
      ],
    ] as const
  ).flatMap(([meaning, ids]) => ids.map((id) => [id, meaning] as const)),
);

/** The meaning of an event type id; ids nobody listed are `other`. */
export function oneLoginMeaning(id: number): OneLoginMeaning {
  return meanings.get(id) ?? { type: 'other', outcome: 'unknown', reason: null };
}
