import { ExitCode, StowError } from '../core/errors.ts';

/** Fits the header's envelope many times over, and is twice what file systems accept for a path. */
export const NAME_MAX_BYTES = 1_024;

/**
 * The one spelling of an object's name: path-like, segments joined by `/`, Unicode NFC, no leading or trailing slash.
 * A name ends up as a file name on the reader's disk, so whatever could climb out of a folder or hide in a listing is refused.
 * @throws StowError `object-name-invalid`
 */
export function normalizeName(text: string): string {
  const name = text.normalize('NFC').replaceAll(/\/+/g, '/').replace(/^\//, '').replace(/\/$/, '');
  if (name === '') throw invalid(text, 'it is empty');
  if (Buffer.byteLength(name) > NAME_MAX_BYTES) throw invalid(text, `it is longer than ${NAME_MAX_BYTES} bytes`);
  // Controls, and the marks that reorder text on a screen (Unicode Bidi_Control).
  if (/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(name))
    throw invalid(text, 'it holds control characters');
  if (name.includes('\\')) throw invalid(text, 'it holds a backslash, which separates folders on some systems');
  if (name.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw invalid(text, 'it holds a `.` or `..` segment');
  }
  return name;
}

/** The last segment: what a download is called on disk. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function invalid(text: string, reason: string): StowError {
  return new StowError({
    code: 'object-name-invalid',
    message: `${JSON.stringify(text.slice(0, 120))} cannot be an object's name: ${reason}`,
    hint: 'use a path-like name, such as --name photos/2026/cat.jpg',
    exitCode: ExitCode.usage,
  });
}
