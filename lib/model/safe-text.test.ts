import { expect, test } from 'vitest';
import { safeText } from '#lib/model/safe-text.ts';

test('characters that hide or turn text are shown by number, other scripts are left alone', () => {
  expect(safeText('admin\u202Egpj')).toBe('admin⟨U+202E⟩gpj');
  expect(safeText('a\u200Bb\u0007')).toBe('a⟨U+200B⟩b⟨U+0007⟩');
  expect(safeText('Søren Ünal 李明 مريم')).toBe('Søren Ünal 李明 مريم');
});
