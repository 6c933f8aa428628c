import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folders that go away after each test of the enclosing suite. */
export function temporaryFolders(parent: string = tmpdir()): () => Promise<string> {
  const made: string[] = [];
  afterEach(async () => {
    await Promise.all(made.splice(0).map(async (folder) => rm(folder, { recursive: true, force: true })));
  });
  return async () => {
    const folder = await mkdtemp(join(parent, 'stowmarket-test-'));
    made.push(folder);
    return folder;
  };
}

/** A folder in memory where the system has one: for tests that sync thousands of times and prove nothing by it. */
export function memoryFolder(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
}
