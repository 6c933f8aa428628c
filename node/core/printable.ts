/** A peer's words as they may be shown: control characters become spaces, so that they cannot move the user's cursor. */
export function printable(words: string): string {
  return words.replaceAll(/\p{C}+/gu, ' ');
}
