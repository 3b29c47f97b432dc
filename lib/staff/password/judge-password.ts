import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

/** Length in code points after NFKC (NIST SP 800-63B-4, section 3.1.1.2: 15 and more; long passphrases are welcome). */
export const passwordLength = { least: 15, most: 128 };
/** Estimated guesses below which a password counts as common: 10 to this power. */
const guessesLog10Min = 10;
/** What the estimate looks at; its time grows faster than the length. */
const judgedLength = 48;

const breached = new Set(Object.values(dictionary['passwords-common'] ?? {}).map((word) => String(word).toLowerCase()));
let estimator: ZxcvbnFactory | undefined;

/** The form a password is hashed and compared in: NFKC and nothing else; no trimming, no folding of case (ASVS 6.2.8). */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC');
}

/** True for a password on the bundled list of breached and common ones, whatever its case. */
export function isBreached(password: string): boolean {
  return breached.has(normalisePassword(password).toLowerCase());
}

/**
 * Judges a new password offline: length, breached and common ones, the names of this desk and this person, and what is soon
 * guessed (repetitions, keyboard walks, common words with digits). No rules about kinds of characters.
 * @param context words of the person and the desk that are no secret (name, e-mail)
 * @returns what is wrong in words for the person, or `null`
 */
export function judgePassword(password: string, context: readonly string[]): string | null {
  const text = normalisePassword(password);
  const length = [...text].length;
  if (length < passwordLength.least)
    return `Use at least ${passwordLength.least} characters; this has ${length}. Several unrelated words are easy to remember.`;
  if (length > passwordLength.most) return `Use at most ${passwordLength.most} characters; this has ${length}.`;
  if (!text.isWellFormed() || text.includes('\0')) return 'This holds characters that cannot be kept. Choose another.';
  if (isBreached(text)) return 'This password is on lists of stolen passwords. Choose another.';
  const words = contextWords(context);
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), text.toLowerCase());
  if ([...rest].length < 8)
    return 'This is mostly your name, your e-mail address or the name of this desk. Choose another.';
  estimator ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  const judged = [...text].slice(0, judgedLength).join('');
  if (estimator.check(judged, words).guessesLog10 < guessesLog10Min)
    return 'This password is soon guessed: it repeats itself, follows the keyboard, or is a common word with digits. Choose another.';
  return null;
}

function contextWords(context: readonly string[]): string[] {
  const parts = ['gatehouse', 'password', ...context].flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)]);
  const words = parts.map((part) => normalisePassword(part).toLowerCase()).filter((part) => [...part].length >= 3);
  return [...new Set(words)].sort((a, b) => b.length - a.length);
}
