import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

import { fileTarget } from '../../../../../node/client/get/file-target.ts';
import { folderTarget } from '../../../../../node/client/get/folder-target.ts';

const CHUNK_BYTES = 262_144;
/** Small, so that a small download has several marks. */
const MARK_EVERY_BYTES = 1_048_576;

export interface Download {
  kind: 'file' | 'tar';
  /** File with the bytes of the object. */
  source: string;
  target: string;
  object: string;
  resume: boolean;
}

/** Downloads from a file as if it came from providers. @returns where it began, and what was said */
export async function download(init: Download): Promise<{ fromByte: number; notes: string[] }> {
  const notes: string[] = [];
  let fromByte = -1;
  const target = (init.kind === 'file' ? fileTarget : folderTarget)({
    path: init.target,
    force: false,
    object: init.object,
    resume: init.resume,
    onNote: (note) => notes.push(note),
    markEveryBytes: MARK_EVERY_BYTES,
  });
  const facts = {
    kind: init.kind,
    plainBytes: (await stat(init.source)).size,
    mode: 0o640,
    mtimeMs: 1_500_000_000_000,
  };
  await target.prepare(facts);
  await target.receive((from) => {
    fromByte = from;
    return createReadStream(init.source, { start: from, highWaterMark: CHUNK_BYTES });
  }, facts);
  return { fromByte, notes };
}
