import { expect, test } from 'vitest';
import { shortEventType } from '#lib/providers/ssf/event-kinds.ts';

test.each([
  ['https://schemas.openid.net/secevent/caep/event-type/session-revoked', 'caep/session-revoked'],
  ['https://acme.example/coffee', 'https://acme.example/coffee'],
  // Found by the property test: what the database takes for no text would hold up the whole batch.
  ['\0', '\uFFFD'],
  ['x\uD800', 'x\uFFFD'],
])('%j is read as %j', (uri, words) => {
  expect(shortEventType(uri)).toBe(words);
});
