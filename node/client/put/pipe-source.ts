import type { Readable } from 'node:stream';

import { assert } from '../../core/assert.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { PutSource } from './source.ts';
import { sourceUnreadable } from './source-errors.ts';

/**
 * Room reserved for a pipe when the user names none. Reserving is free and what is not used is not paid, but providers
 * take shards of 1 GiB at most unless they say otherwise, and a copy is as large as the whole.
 */
export const PIPE_DEFAULT_MAX_BYTES = 536_870_912;

const LABEL = 'standard input';

/** Bytes that come once and whose number is known only at the end. */
export function pipeSource(input: Readable, maxBytes: number): PutSource {
  let opened = false;
  return {
    kind: 'file',
    label: LABEL,
    maxBytes,
    exact: false,
    rereadable: false,
    open: ({ signal }) => {
      assert(!opened, 'a pipe is read once');
      opened = true;
      return readPipe(input, maxBytes, signal);
    },
  };
}

async function* readPipe(
  input: Readable,
  maxBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let doneBytes = 0;
  // A reader that waits for a silent pipe must still notice ctrl-C.
  const onAbort = (): void => void input.destroy();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      doneBytes += chunk.byteLength;
      if (doneBytes > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
    signal?.throwIfAborted();
  } catch (error) {
    signal?.throwIfAborted();
    throw sourceUnreadable(LABEL, error);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

function tooLarge(maxBytes: number): StowError {
  return new StowError({
    code: 'source-too-large',
    message: `${LABEL} gave more than the ${maxBytes} bytes that room was reserved for`,
    hint: 'nothing was paid; run it again with a larger --max-size',
    exitCode: ExitCode.usage,
  });
}
