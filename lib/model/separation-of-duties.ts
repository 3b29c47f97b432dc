import { type Permission, permissionsOf } from '#lib/model/permissions.ts';

/** What one person should not hold together. `refused`: cannot be given. `flagged`: can, and is shown with its reason. */
export type SeparationRule = {
  id: string;
  effect: 'refused' | 'flagged';
  /** Words for both halves and why they belong in two hands. */
  title: string;
  reason: string;
  /** The permissions found on either side; a conflict when both sides hold one. */
  one: readonly Permission[];
  other: readonly Permission[];
};

const approving: Permission[] = ['revocations:approve', 'keys:approve', 'recovery:approve'];
const acting: Permission[] = ['signals:write', 'revocations:propose', 'recovery:review', 'keys:propose', ...approving];

export const separationRules: readonly SeparationRule[] = [
  {
    id: 'operators-and-approval',
    effect: 'refused',
    title: 'Makes operators, and signs',
    reason: 'Whoever makes operators could make a second account and sign as the second person.',
    one: ['staff:manage'],
    other: approving,
  },
  {
    id: 'tokens-and-approval',
    effect: 'refused',
    title: 'Makes tokens, and signs',
    reason: 'Whoever makes tokens could let one of them propose and then sign it alone.',
    one: ['tokens:manage'],
    other: approving,
  },
  {
    id: 'policies-and-approval',
    effect: 'refused',
    title: 'Sets how many must sign, and signs',
    reason: 'Whoever sets how many people must sign could set it to one.',
    one: ['policies:manage'],
    other: approving,
  },
  {
    id: 'keys-and-operators',
    effect: 'refused',
    title: 'Moves keys, and makes operators',
    reason: 'Keys and the list of people who may use them belong in two hands.',
    one: ['keys:propose'],
    other: ['staff:manage'],
  },
  {
    id: 'revocation-both-sides',
    effect: 'flagged',
    title: 'Proposes and signs revocations',
    reason: 'May do either, never both for one request: the desk refuses a signature under one’s own proposal.',
    one: ['revocations:propose'],
    other: ['revocations:approve'],
  },
  {
    id: 'keys-both-sides',
    effect: 'flagged',
    title: 'Proposes and signs key rotations',
    reason: 'May do either, never both for one request: the desk refuses a signature under one’s own proposal.',
    one: ['keys:propose'],
    other: ['keys:approve'],
  },
  {
    id: 'recovery-both-sides',
    effect: 'flagged',
    title: 'Reviews and signs recoveries',
    reason: 'May do either, never both for one case: the desk refuses a signature under one’s own review.',
    one: ['recovery:review'],
    other: ['recovery:approve'],
  },
];

export type SeparationConflict = SeparationRule & { held: Permission[] };

/** The rules that a set of permissions touches, with the permissions that did it. */
export function separationConflicts(held: Iterable<Permission>): SeparationConflict[] {
  const all = new Set(held);
  return separationRules.flatMap((rule) => {
    const [one, other] = [rule.one, rule.other].map((side) => side.filter((permission) => all.has(permission)));
    return one?.length && other?.length ? [{ ...rule, held: [...one, ...other] }] : [];
  });
}

/** An auditor who also acts checks their own work: shown beside the person, decided by whoever runs the desk. */
export function auditsOwnWork(roleNames: readonly string[], custom: readonly string[] = []): boolean {
  if (!roleNames.includes('auditor')) return false;
  const held = permissionsOf(roleNames, custom);
  return acting.some((permission) => held.has(permission));
}
