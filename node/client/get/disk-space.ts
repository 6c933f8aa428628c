import { statfs } from 'node:fs/promises';

import { outputFull } from './target-errors.ts';

/** Free bytes for this user on the disk that holds `folder`. */
export type FreeBytes = (folder: string) => Promise<number>;

export const freeBytesOf: FreeBytes = async (folder) => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/** @throws StowError `output-disk-full` */
export async function requireSpace(
  folder: string,
  path: string,
  neededBytes: number,
  freeBytes: FreeBytes,
): Promise<void> {
  const free = await freeBytes(folder).catch(() => undefined);
  if (free !== undefined && free < neededBytes) throw outputFull(path, neededBytes, free);
}
