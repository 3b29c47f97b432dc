/** The bytes that structure JSON. */
export const [openBrace, closeBrace, openBracket, closeBracket, quote, backslash, comma, newline] = [
  ...Buffer.from('{}[]"\\,\n'),
] as [number, number, number, number, number, number, number, number];

/** The bytes without the blanks, byte order marks and record separators around them. A view, no copy. */
export function trimBlank(bytes: Buffer): Buffer {
  let from = 0;
  let until = bytes.length;
  for (; from < until; from += 1) {
    // A byte order mark, wherever files were put one behind the other.
    if (bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf) from += 2;
    else if (!isBlank(bytes[from])) break;
  }
  while (until > from && isBlank(bytes[until - 1])) until -= 1;
  return bytes.subarray(from, until);
}

function isBlank(byte: number | undefined): boolean {
  // The last one begins a record of a JSON text sequence (RFC 7464).
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0x1e;
}
