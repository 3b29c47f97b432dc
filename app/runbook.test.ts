import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { approvalRules } from '#lib/approvals/rules.ts';
import { proposalKinds } from '#lib/model/operations.ts';
import { waitingMinutes } from '#lib/recovery/proof-policy.ts';

const text = readFileSync(path.resolve(import.meta.dirname, '../.github/runbook.md'), 'utf8').replaceAll(/\s+/g, ' ');
const hours = (count: number) => `${count} ${count === 1 ? 'hour' : 'hours'}`;

test('the runbook names the times that the rules set', () => {
  for (const kind of proposalKinds.filter((each) => each !== 'recover-account'))
    expect(text, kind).toContain(`void after ${hours(approvalRules[kind].expiryHours)}`);
  for (const minutes of Object.values(waitingMinutes)) expect(text).toContain(`${hours(minutes / 60)} (`);
});

test('one operator alone revokes at most what the runbook says, and of one person', () => {
  const alone = { targets: 25, people: 1, parameters: {}, summary: {} };
  const { secondPeople } = approvalRules['revoke-sessions'];
  expect(text).toContain('Up to 25 sessions of one person need no second person');
  expect(secondPeople(alone).count).toBe(0);
  for (const more of [{ targets: 26 }, { people: 2 }]) expect(secondPeople({ ...alone, ...more }).count).toBe(1);
});
