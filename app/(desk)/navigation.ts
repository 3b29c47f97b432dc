import {
  AppWindow,
  Ban,
  Gauge,
  KeyRound,
  LifeBuoy,
  List,
  type LucideIcon,
  MonitorSmartphone,
  PlugZap,
  ScrollText,
  Settings,
  Signature,
  TriangleAlert,
  Users,
} from 'lucide-react';
import { countWaitingProposals } from '#lib/approvals/list-proposals.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { countIssuersWaiting } from '#lib/keys/rotation-view.ts';
import type { Permission } from '#lib/model/permissions.ts';
import { countOpenCases } from '#lib/recovery/list-cases.ts';
import { countOpenSignals } from '#lib/signals/list-signals.ts';

export type Place = {
  href: string;
  label: string;
  icon: LucideIcon;
  /** Who sees it. The page itself asks again. `null`: everybody who is signed in. */
  permission: Permission | null;
  /** Keys that lead there: "g s" is g, then s. */
  keys?: string;
  /** How many wait for a person; shown only when above zero. One indexed query. */
  count?: (tx: Tx, actor: Actor) => Promise<number>;
};

/**
 * Every place of the desk, a line each, in the groups of the rail: what needs a person · what there is · what is done about it ·
 * what is kept.
 */
export const navigation: readonly (readonly Place[])[] = [
  [
    { href: '/', label: 'Overview', icon: Gauge, permission: null, keys: 'g o' },
    {
      href: '/signals?state=acknowledged,in_progress,open',
      label: 'Signals',
      icon: TriangleAlert,
      permission: 'signals:read',
      keys: 'g s',
      count: countOpenSignals,
    },
  ],
  [
    { href: '/sessions', label: 'Sessions', icon: AppWindow, permission: 'sessions:read', keys: 'g e' },
    { href: '/devices', label: 'Devices', icon: MonitorSmartphone, permission: 'devices:read', keys: 'g d' },
    { href: '/people', label: 'People', icon: Users, permission: 'people:read', keys: 'g p' },
    { href: '/events', label: 'Events', icon: List, permission: 'events:read', keys: 'g l' },
  ],
  [
    { href: '/revocations', label: 'Revocations', icon: Ban, permission: 'revocations:read', keys: 'g r' },
    {
      href: '/proposals?waiting=me',
      label: 'Proposals',
      icon: Signature,
      permission: 'proposals:read',
      keys: 'g w',
      count: countWaitingProposals,
    },
    { href: '/keys', label: 'Keys', icon: KeyRound, permission: 'keys:read', keys: 'g k', count: countIssuersWaiting },
    {
      href: '/recovery',
      label: 'Recovery',
      icon: LifeBuoy,
      permission: 'recovery:read',
      keys: 'g v',
      count: countOpenCases,
    },
  ],
  [
    { href: '/providers', label: 'Providers', icon: PlugZap, permission: 'providers:read', keys: 'g i' },
    { href: '/audit', label: 'Audit', icon: ScrollText, permission: 'audit:read', keys: 'g a' },
    { href: '/settings', label: 'Settings', icon: Settings, permission: null, keys: 'g t' },
  ],
];
