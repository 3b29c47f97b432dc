import path from 'node:path';
import { expect, test } from 'vitest';
import { routes } from '#app/api/v1/routes.ts';
import { permissions, permissionWords, rolePermissions, roles, tokenScopes } from '#lib/model/permissions.ts';
import { separationRules } from '#lib/model/separation-of-duties.ts';

/** The rules of who may do what, written from the tables that decide it. `vitest -u` writes the page anew; a reviewer sees the change. */
function authorizationPage(): string {
  const matrix = permissions.map(
    (permission) =>
      `| \`${permission}\` | ${permissionWords[permission]} | ${roles.map((role) => (rolePermissions[role].includes(permission) ? '●' : ' ')).join(' | ')} | ${tokenScopes.includes(permission) ? '●' : ' '} |`,
  );
  const doors = routes
    .map(
      ({ definition }) =>
        `| ${definition.method} \`${definition.path}\` | \`${definition.permission}\` | ${definition.stepUp ? 'yes' : ''} |`,
    )
    .toSorted();
  return [
    '# Who may do what',
    '',
    'Written by `app/api/authorization-document.test.ts` from the code; do not edit it by hand. A permission is asked for where data is read or',
    'changed; a transaction sees one tenant; what is not listed is refused. Custom roles are composed of the same permissions.',
    '',
    `| permission | what it allows | ${roles.join(' | ')} | token |`,
    `|---|---|${roles.map(() => '---|').join('')}---|`,
    ...matrix,
    '',
    '## What one person does not hold together',
    '',
    ...separationRules.map(({ effect, title, reason }) => `- **${title}** (${effect}): ${reason}`),
    '',
    '## Routes',
    '',
    '`operator`: any signed-in operator about themselves. `public`: anybody, from our own pages. `own-proof`: a machine whose signed message is the proof.',
    '',
    '| route | permission | fresh passkey |',
    '|---|---|---|',
    ...doors,
    '',
  ].join('\n');
}

test('[V8.1.1] the page of rules is the one that the code follows', async () => {
  await expect(authorizationPage()).toMatchFileSnapshot(
    path.resolve(import.meta.dirname, '../../.github/authorization.md'),
  );
});
