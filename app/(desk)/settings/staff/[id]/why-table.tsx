import { RelativeTime } from '#components/ui/relative-time.tsx';
import { type Permission, permissions, permissionWords, type Role, rolePermissions } from '#lib/model/permissions.ts';
import { safeText } from '#lib/model/safe-text.ts';
import type { CustomRole } from '#lib/staff/custom-roles.ts';
import type { HeldRole } from '#lib/staff/list-operators.ts';

/** Each thing the operator may do, and why: which role allows it, who gave it, when. */
export function WhyTable({ roles, custom }: { roles: readonly HeldRole[]; custom: readonly CustomRole[] }) {
  const allows = (role: string, permission: Permission) =>
    (rolePermissions[role as Role] ?? custom.find(({ name }) => name === role)?.permissions ?? []).includes(permission);
  const held = permissions.flatMap((permission) => {
    const because = roles.filter(({ role }) => allows(role, permission));
    return because.length > 0 ? [{ permission, because }] : [];
  });
  return (
    <section aria-labelledby="why">
      <h2 id="why" className="mb-2 font-semibold text-lg">
        What they may do, and why
      </h2>
      <ul className="max-w-3xl divide-y divide-line border-line border-y">
        {held.map(({ permission, because }) => (
          <li key={permission} className="grid gap-x-4 py-1.5 text-sm sm:grid-cols-[1fr_1fr]">
            <span>
              {permissionWords[permission]} <span className="block font-mono text-quiet text-xs">{permission}</span>
            </span>
            <span className="text-quiet">
              {because.map(({ role, grantedBy, grantedAt }) => (
                <span key={role} className="block">
                  because of {role}, given by {safeText(grantedBy)} <RelativeTime at={grantedAt} />
                </span>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
