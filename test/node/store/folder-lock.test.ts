import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { lockFolder } from '../../../node/store/folder-lock.ts';
import { temporaryFolders } from './temporary-folder.ts';

const LOCK_MODULE = fileURLToPath(new URL('../../../node/store/folder-lock.ts', import.meta.url));

/** A process that locks `folder`, says so on stdout, and waits to be killed. */
async function holdElsewhere(folder: string): Promise<{ pid: number; kill: () => Promise<void> }> {
  const script = `
    const { lockFolder } = await import(${JSON.stringify(LOCK_MODULE)});
    lockFolder(${JSON.stringify(folder)});
    process.stdout.write('locked');
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(child.stdout, 'data');
  return {
    pid: child.pid ?? 0,
    kill: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

describe('folder lock', () => {
  const newFolder = temporaryFolders();

  it('lets one holder in at a time', async () => {
    const folder = await newFolder();
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder))
      .to.throw()
      .that.includes({ code: 'folder-locked' });
    lock.release();
    lock.release();
    lockFolder(folder).release();
  });

  it('keeps another process out, names it, and is free the moment that process is killed', async () => {
    const folder = await newFolder();
    const other = await holdElsewhere(folder);
    try {
      expect(() => lockFolder(folder)).to.throw(new RegExp(`${folder}.*pid ${other.pid}`));
    } finally {
      await other.kill();
    }
    lockFolder(folder).release();
  });

  it('names a folder that is not there', async () => {
    const folder = await newFolder();
    await rm(folder, { recursive: true });
    expect(() => lockFolder(folder)).to.throw(folder);
  });
});
