/** How a session ended: by itself or time, by its person, on purpose, or with all others of a person who was signed out everywhere. */
export const sessionEnds = ['ended', 'signed_out', 'revoked', 'signed_out_everywhere'] as const;
export type SessionEnd = (typeof sessionEnds)[number];

/** The same in words for people. */
export const sessionEndWords: Record<SessionEnd, string> = {
  ended: 'ended',
  signed_out: 'signed out',
  revoked: 'revoked',
  signed_out_everywhere: 'signed out everywhere',
};
