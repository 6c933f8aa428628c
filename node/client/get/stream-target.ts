import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { once } from 'node:events';

import { freeNow } from '../../core/bytes.ts';
import { writeAll } from './marked-file.ts';
import type { GetTarget } from './target.ts';
import { outputError } from './target-errors.ts';

/** Standard output or another open stream. A folder arrives as its tar stream. */
export function streamTarget(output: Writable, label: string): GetTarget {
  return {
    label,
    prepare: async () => undefined,
    keptBytes: () => 0,
    async receive(read, facts) {
      const failed = new AbortController();
      const onError = (error: Error): void => failed.abort(error);
      output.on('error', onError);
      // A stream of the system's has copied what it has written; one within this process may pass the very memory on.
      const written = 'fd' in output ? freeNow : () => undefined;
      try {
        for await (const chunk of read(0)) {
          failed.signal.throwIfAborted();
          if (!output.write(chunk, () => written(chunk))) await drained(output, failed.signal);
        }
        await flushed(output);
      } catch (error) {
        throw outputError(label, facts.plainBytes, failed.signal.aborted ? failed.signal.reason : error);
      } finally {
        output.off('error', onError);
      }
    },
  };
}

/** A device, a pipe or another special file: written in place, as there is nothing to move there. */
export function deviceTarget(path: string): GetTarget {
  return {
    label: path,
    prepare: async () => undefined,
    keptBytes: () => 0,
    async receive(read, facts) {
      try {
        await using handle = await open(path, 'w');
        for await (const chunk of read(0)) {
          await writeAll(handle, chunk);
          freeNow(chunk);
        }
      } catch (error) {
        throw outputError(path, facts.plainBytes, error);
      }
    },
  };
}

/** For reading alone: every byte is checked on its way, and none is kept. */
export function nowhere(): GetTarget {
  return {
    label: 'nowhere',
    prepare: async () => undefined,
    keptBytes: () => 0,
    async receive(read) {
      for await (const chunk of read(0)) freeNow(chunk);
    },
  };
}

async function drained(output: Writable, signal: AbortSignal): Promise<void> {
  try {
    await once(output, 'drain', { signal });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

async function flushed(output: Writable): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    output.write(new Uint8Array(0), (error) => (error ? reject(error) : resolve()));
  });
}
