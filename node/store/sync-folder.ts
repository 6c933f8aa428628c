import { open } from 'node:fs/promises';

/** Makes what was made, renamed or removed in a folder durable. Windows cannot open folders, and does that by itself. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using handle = await open(path, 'r');
  await handle.sync();
}
