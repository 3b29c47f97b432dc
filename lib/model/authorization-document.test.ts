import path from 'node:path';
import { expect, test } from 'vitest';
import { fieldGroups } from '#lib/model/field-groups.ts';
import { permissions, permissionWords, rolePermissions, roles, tokenScopes } from '#lib/model/permissions.ts';
import { separationRules } from '#lib/model/separation-of-duties.ts';

/** The rules of who may do what, written from the tables that decide it. `vitest -u` writes the page anew; a reviewer sees the change. */
function authorizationPage(): string {
  const matrix = permissions.map(
    (permission) =>
      `| \`${permission}\` | ${permissionWords[permission]} | ${roles.map((role) => (rolePermissions[role].includes(permission) ? '●' : ' ')).join(' | ')} | ${tokenScopes.includes(permission) ? '●' : ' '} |`,
  );
  return [
    '# Who may do what',
    '',
    'Written by `lib/model/authorization-document.test.ts` from the code; do not edit it by hand. A permission is asked for where data is read or',
    'changed; a transaction sees one tenant; what is not listed is refused. Custom roles are composed of the same permissions.',
    '',
    `| permission | what it allows | ${roles.join(' | ')} | token |`,
    `|---|---|${roles.map(() => '---|').join('')}---|`,
    ...matrix,
    '',
    '## Fields that take more than the row',
    '',
    '| fields | what it takes | names | why |',
    '|---|---|---|---|',
    ...fieldGroups.map(
      ({ title, permission, fields, why }) =>
        `| ${title} | ${permission === null ? 'nobody' : permission === 'the row' ? 'the permission for the row' : `\`${permission}\``} | ${fields.map((name) => `\`${name}\``).join(', ')} | ${why} |`,
    ),
    '',
    'Fields to write: a route takes the fields it declares and refuses a body with any other.',
    '',
    '## What one person does not hold together',
    '',
    ...separationRules.map(({ effect, title, reason }) => `- **${title}** (${effect}): ${reason}`),
    '',
    'Which permission a route asks for stands in `/api/v1/openapi.json` (`x-permission`).',
    '',
  ].join('\n');
}

test('[v5.0.0-V8.1.1] [v5.0.0-V8.1.2] the page of rules is the one that the code follows', async () => {
  await expect(authorizationPage()).toMatchFileSnapshot(
    path.resolve(import.meta.dirname, '../../.github/authorization.md'),
  );
});
