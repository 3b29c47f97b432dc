import { describe, expect, it } from 'vitest';
import { entraFailureReason, isInterrupt } from '#lib/providers/entra/error-codes.ts';

describe('entraFailureReason', () => {
  it.each([
    [50126, 'invalid_credentials'],
    [50053, 'account_locked'],
    [50057, 'account_disabled'],
    [50055, 'password_expired'],
    [50034, 'unknown_user'],
    [50074, 'mfa_required'],
    [50076, 'mfa_required'],
    [50079, 'mfa_required'],
    [50072, 'mfa_required'],
    [500121, 'mfa_failed'],
    [53003, 'policy_denied'],
    [50173, 'expired'],
    [500133, 'expired'],
    [50140, 'other'],
    [65001, 'configuration'],
    [700016, 'configuration'],
    [90072, 'configuration'],
    [900144, 'configuration'],
    [7000215, 'invalid_credentials'],
    [42, null],
  ])('reads AADSTS%d', (code, reason) => {
    expect(entraFailureReason(code)).toBe(reason);
  });

  it('calls a flow that goes on an interrupt, and a wrong password none', () => {
    expect(isInterrupt(50140)).toBe(true);
    expect(isInterrupt(50126)).toBe(false);
  });
});
