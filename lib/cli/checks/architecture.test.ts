import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
/** The flow of the design, top to bottom: a folder imports only what stands before it. */
const flow = [
  'model',
  'kernel',
  'staff',
  'providers',
  'events',
  'detection',
  'signals',
  'approvals',
  'execution',
  'revocation',
  'keys',
  'recovery',
  'audit',
  'demo',
  'pipeline.ts',
  'cli',
];

function sourcesOf(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.parentPath.includes('generated'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*['"]#([^'"]+)['"]/g)].map((match) => match[1] ?? '');
}

/** What a file may not import, and why. */
function violations(file: string, text: string): string[] {
  const [area, part = ''] = file.split(path.sep);
  const isTest = /\.(test|bench|fixture)\.tsx?$/.test(file);
  return importsOf(text).flatMap((target) => {
    const [targetArea, targetPart = ''] = target.split('/');
    if (area === 'components')
      return targetArea === 'components' || target.startsWith('lib/model/')
        ? []
        : [`${file} imports ${target}: components know lib/model alone`];
    if (area !== 'lib') return [];
    if (targetArea !== 'lib') return [`${file} imports ${target}: lib stands above ${targetArea}`];
    const [own, theirs] = [flow.indexOf(part), flow.indexOf(targetPart)];
    if (own === -1 || theirs === -1) return [`${file} imports ${target}: not in the flow`];
    return theirs > own && !isTest ? [`${file} imports ${target}, which stands below it`] : [];
  });
}

describe('architecture', () => {
  test('imports go one way', () => {
    const found = [...sourcesOf('lib'), ...sourcesOf('components')].flatMap((file) =>
      violations(file, readFileSync(path.join(root, file), 'utf8')),
    );
    expect(found).toEqual([]);
  });

  test('a planted violation is caught', () => {
    expect(
      violations(path.join('lib', 'kernel', 'planted.ts'), "import { detectors } from '#lib/detection/registry.ts';"),
    ).toHaveLength(1);
    expect(
      violations(path.join('components', 'ui', 'planted.tsx'), "import { pool } from '#lib/kernel/db/pools.ts';"),
    ).toHaveLength(1);
    expect(
      violations(path.join('lib', 'model', 'planted.ts'), "const lazy = await import('#lib/kernel/ids.ts');"),
    ).toHaveLength(1);
  });

  test('no folder or file is named for nothing', () => {
    const vague = [...sourcesOf('lib'), ...sourcesOf('components'), ...sourcesOf('app')].filter((file) =>
      /(^|[/\\])(utils?|helpers?|common|misc|manager)([/\\.]|$)/i.test(file),
    );
    expect(vague).toEqual([]);
  });
});
