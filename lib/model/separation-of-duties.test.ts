import { describe, expect, test } from 'vitest';
import { permissions, permissionsOf, rolePermissions, roles, tokenScopes } from '#lib/model/permissions.ts';
import { auditsOwnWork, separationConflicts } from '#lib/model/separation-of-duties.ts';

const refused = (...names: string[]) =>
  separationConflicts(permissionsOf(names))
    .filter(({ effect }) => effect === 'refused')
    .map(({ id }) => id);

describe('separation of duties', () => {
  test('no built-in role breaks it by itself', () => {
    for (const role of roles) expect(refused(role), role).toEqual([]);
  });

  test.each([
    ['administrator', 'incident-commander', 'operators-and-approval'],
    ['administrator', 'key-custodian', 'keys-and-operators'],
  ])('%s and %s in one person are refused: %s', (one, other, rule) => {
    expect(refused(one, other)).toContain(rule);
  });

  test('whoever manages anything that decides who signs holds no approval, in any combination that is not refused', () => {
    for (const one of roles)
      for (const other of roles) {
        const held = permissionsOf([one, other]);
        const signs = [...held].some((permission) => permission.endsWith(':approve'));
        const decides = held.has('staff:manage') || held.has('tokens:manage') || held.has('policies:manage');
        if (signs && decides) expect(refused(one, other), `${one} + ${other}`).not.toEqual([]);
      }
  });

  test('both sides of one kind are flagged with the permissions that did it', () => {
    const [conflict] = separationConflicts(rolePermissions['incident-commander']);
    expect(conflict).toMatchObject({
      id: 'revocation-both-sides',
      effect: 'flagged',
      held: ['revocations:propose', 'revocations:approve'],
    });
    expect(auditsOwnWork(['auditor', 'analyst'])).toBe(true);
    expect(auditsOwnWork(['auditor', 'viewer'])).toBe(false);
  });
});

describe('permissions', () => {
  test('a machine proposes and never approves, reviews or manages', () => {
    expect(tokenScopes.filter((scope) => !/:(read|read-addresses|write|propose)$/.test(scope))).toEqual([]);
    expect(tokenScopes.filter((scope) => scope.endsWith(':propose'))).toEqual(['revocations:propose']);
  });

  test('names that are no roles, among them those of object prototypes, allow nothing', () => {
    expect(permissionsOf(['constructor', '__proto__', 'toString', 'root']).size).toBe(0);
    expect([...permissionsOf([], ['staff:manage', 'staff:everything', '*'])]).toEqual(['staff:manage']);
    expect(new Set(permissions).size).toBe(permissions.length);
  });
});
