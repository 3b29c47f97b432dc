import { z } from 'zod';
import { stepUpMinutes } from '#lib/kernel/command.ts';
import type { DeskSession } from '#lib/staff/desk-sessions.ts';

export const sessionClockShape = z.object({
  operatorId: z.string(),
  tenantId: z.string(),
  idleSecondsLeft: z.number(),
  absoluteSecondsLeft: z.number(),
  stepUpSecondsLeft: z.number(),
  csrf: z.string().optional(),
});

/** What the header counts down, by the database's clock at the moment the session was read. Whole seconds, never negative. */
export function sessionClock(session: DeskSession): z.output<typeof sessionClockShape> {
  const age = session.passkeyProofAgeSeconds;
  return {
    operatorId: session.operatorId,
    tenantId: session.tenantId,
    idleSecondsLeft: Math.max(0, Math.floor(session.idleSecondsLeft)),
    absoluteSecondsLeft: Math.max(0, Math.floor(session.absoluteSecondsLeft)),
    stepUpSecondsLeft: age === null ? 0 : Math.max(0, Math.floor(stepUpMinutes * 60 - age)),
  };
}
