import type { FailureReason } from '#lib/model/event.ts';

/**
 * AADSTS numbers by what they mean for the person (Microsoft Entra "authentication and authorization error codes").
 * Numbers left out are judged by their range, see {@link entraFailureReason}.
 */
const byReason: Readonly<Partial<Record<FailureReason, readonly number[]>>> = {
  invalid_credentials: [50126, 50056, 50064, 70002, 120000, 130005, 7000215, 80007, 81004, 81009],
  unknown_user: [50014, 50034, 51004, 81011, 120016, 50197, 90125],
  account_locked: [50053, 120014],
  account_disabled: [50057, 500571],
  password_expired: [50055, 50144],
  mfa_required: [50072, 50074, 50076, 50078, 50079, 50158, 53004, 53010, 50203, 50097],
  mfa_failed: [500121, 50086, 50087, 50088, 130004, 130006, 130008],
  policy_denied: [
    50002, 500021, 500022, 50155, 53011, 530034, 90093, 130007, 135011, 50005, 50135, 50105, 50131, 53000, 53001, 53002,
    53003, 53008, 530002, 530003, 530004, 530021, 530031, 530032, 530033, 530035, 500212, 500213, 50020, 50177, 50178,
    54000, 80012, 90055, 90123, 90084, 240001, 1000031,
  ],
  expired: [
    160021, 50058, 50089, 50132, 50133, 50173, 500133, 50085, 50013, 50139, 54005, 70008, 700082, 700084, 70019, 70043,
    50071, 76026, 81010, 90086, 140001, 7000222, 70000, 700081, 70044,
  ],
  configuration: [
    500011, 500014, 17003, 20001, 20012, 20033, 230109, 40008, 40009, 40010, 40015, 5000819, 501621, 135010, 220450,
    16002, 28002, 28003, 50000, 50001, 50003, 50006, 50007, 50008, 50010, 50011, 50012, 50017, 50027, 50029, 50032,
    50042, 50043, 50048, 50049, 50050, 50059, 50061, 50068, 50070, 50099, 50107, 50120, 50124, 501241, 50128, 50134,
    50143, 50146, 501461, 50147, 501481, 501491, 501051, 50161, 50169, 50170, 50187, 50194, 50196, 51000, 51001, 52004,
    65001, 65002, 65005, 650052, 650053, 650054, 650056, 650057, 67003, 70001, 70003, 70004, 70005, 70007, 70011, 75001,
    75003, 75005, 75008, 75011, 75016, 76021, 80001, 80002, 80005, 80010, 80013, 80014, 81005, 81006, 81007, 81012,
    120012, 120013, 140000, 165900, 500111, 500112, 500113, 500117, 500208, 220501, 221000, 240002, 1000002, 100007,
    1000104,
  ],
  // A step of the flow, or the person's own no: nobody was refused.
  other: [
    0, 16000, 16001, 16003, 50015, 50033, 50125, 50127, 50129, 50136, 50140, 50166, 50192, 50168, 50180, 50199, 51005,
    51006, 65004, 70012, 1000000, 70016, 70018, 9002341,
  ],
};

const reasons: ReadonlyMap<number, FailureReason> = new Map(
  Object.entries(byReason).flatMap(([reason, codes]) => codes.map((code) => [code, reason as FailureReason] as const)),
);

/** Interrupts that belong to a sign-in that goes on ("Keep me signed in?", account picker, consent screen, registration). */
const interrupts: ReadonlySet<number> = new Set([
  16000, 16001, 50058, 50072, 50074, 50076, 50097, 50125, 50127, 50129, 50140, 50168, 50180, 50199, 51005, 51006, 65001,
  70016,
]);

/** The class of an AADSTS number; `null` for numbers nobody listed. 900xx and 7000xx are requests an application got wrong. */
export function entraFailureReason(code: number): FailureReason | null {
  const listed = reasons.get(code);
  if (listed) return listed;
  const digits = String(code);
  if (/^(90\d{3,}|7000\d{2,}|700\d{3}|750\d{2,}|650\d{2,}|5012\d{2}|1650\d{2})$/.test(digits)) return 'configuration';
  if (/^530\d{2,}$/.test(digits)) return 'policy_denied';
  if (/^1200\d{2}$/.test(digits)) return 'other';
  return null;
}

/** True for a number that only interrupts a sign-in, so that the desk need not call it a refusal. */
export function isInterrupt(code: number): boolean {
  return interrupts.has(code);
}
