const hidden = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Text as a person should read it: characters that hide, or turn the direction of, what stands around them are shown by number. */
export function safeText(text: string): string {
  return text.replace(
    hidden,
    (character) => `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}
