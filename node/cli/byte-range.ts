import { InvalidArgumentError } from 'commander';

import { ExitCode, StowError } from '../core/errors.ts';
import type { Span } from '../pipeline/decode/window-plan.ts';

/** Bytes as HTTP's `Range: bytes=` counts them (RFC 9110, 14.1.2): from the first to the last, to the end, or so many before the end. */
export type ByteRange = { readonly first: number; readonly last: number | undefined } | { readonly suffix: number };

/** `0-499`, `500-` or `-500`. */
export function parseRange(text: string): ByteRange {
  const [, first = '', last = ''] = /^(\d*)-(\d*)$/u.exec(text) ?? [];
  const [from, to] = [first, last].map((digits) => (digits === '' ? undefined : Number(digits)));
  if (from === undefined && to !== undefined && to > 0 && Number.isSafeInteger(to)) return { suffix: to };
  const isRange = from !== undefined && Number.isSafeInteger(from) && (to === undefined || to >= from);
  if (!isRange || !Number.isSafeInteger(to ?? 0)) {
    throw new InvalidArgumentError('Not a range of bytes such as 0-499, 500- or -500.');
  }
  return { first: from, last: to };
}

/** Bytes [from, to) of an object; what lies behind its end is left out. @throws StowError `bad-range` when nothing is left */
export function spanOf(range: ByteRange, plainBytes: number): Span {
  const span =
    'suffix' in range
      ? { from: Math.max(0, plainBytes - range.suffix), to: plainBytes }
      : { from: range.first, to: Math.min(plainBytes, (range.last ?? plainBytes) + 1) };
  if (span.from < span.to) return span;
  throw new StowError({
    code: 'bad-range',
    message: `the object has ${plainBytes} bytes, none of them in this range`,
    hint: 'ask for a --range that begins below its size',
    exitCode: ExitCode.usage,
  });
}
