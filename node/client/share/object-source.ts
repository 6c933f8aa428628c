import { openForReading, type GetInit, type ReadableObject } from '../get/get.ts';
import type { PutSource } from '../put/source.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';

/**
 * A stored object as something to be stored: its bytes come from its providers in every pass, checked and deciphered on the way, and are on no disk here.
 * @throws StowError of `openForReading`; passes throw them too
 */
export async function objectSource(
  access: ShardAccess,
  init: GetInit & { title: string },
): Promise<{ source: PutSource; readable: ReadableObject }> {
  const readable = await openForReading(access, init);
  const { content, header } = readable;
  let first: ReadableObject | undefined = readable;
  const pass = async function* (signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    // What is opened is read once.
    const now = first ?? (await openForReading(access, { ...init, signal: signal ?? init.signal }));
    first = undefined;
    yield* now.bytes();
  };
  const source: PutSource = {
    kind: content.kind,
    label: `the object ${init.title}`,
    maxBytes: header.plainBytes,
    exact: true,
    rereadable: true,
    ...(content.mode === undefined ? {} : { mode: content.mode }),
    ...(content.mtime === undefined ? {} : { mtimeMs: content.mtime }),
    open: ({ signal }) => pass(signal),
  };
  return { source, readable };
}
