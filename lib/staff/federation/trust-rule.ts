import { z } from 'zod';

/**
 * When a provider's own second factor is enough, so that the desk does not ask for its passkey too: the token has to name one of
 * these `acr`, or all of these `amr`, and a sign-in not older than so many seconds. Both lists empty: never.
 */
export const trustRuleShape = z.strictObject({
  acr: z.array(z.string().min(1).max(200)).max(10).default([]),
  amr: z.array(z.string().min(1).max(50)).max(10).default([]),
  authAgeSecondsMax: z.number().int().min(30).max(43_200).default(300),
});
export type TrustRule = z.output<typeof trustRuleShape>;

/**
 * Judges an ID token's own words about how the person signed in (OpenID Connect Core, section 2). What is missing counts as the
 * weakest (ASVS 6.8.4). Pure.
 */
export function secondFactorWasShown(rule: TrustRule, claims: Readonly<Record<string, unknown>>, at: Date): boolean {
  const { acr, amr, auth_time: authTime } = claims;
  if (typeof authTime !== 'number') return false;
  const age = at.getTime() / 1000 - authTime;
  if (age < -60 || age > rule.authAgeSecondsMax) return false;
  const methods = Array.isArray(amr) ? amr.filter((method): method is string => typeof method === 'string') : [];
  const byAcr = typeof acr === 'string' && rule.acr.includes(acr);
  const byAmr = rule.amr.length > 0 && rule.amr.every((method) => methods.includes(method));
  return byAcr || byAmr;
}
