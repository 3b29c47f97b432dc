import type { Detector } from '#lib/detection/definition.ts';
import { failedLoginBurst } from '#lib/detection/failed-login-burst.ts';
import { impossibleTravel } from '#lib/detection/impossible-travel.ts';
import { passwordSpray } from '#lib/detection/password-spray.ts';

/** Every detector. One line each. */
export const detectors: readonly Detector[] = [impossibleTravel, failedLoginBurst, passwordSpray];
