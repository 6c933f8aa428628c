import type { FileLayer, OpenFile } from '../../../node/store/fs/file-layer.ts';
import { systemFiles } from '../../../node/store/fs/file-layer.ts';

/** Which call fails, how, and whether all later ones do too. */
export interface Fault {
  /** Counted from 1 over all calls after arming. */
  at: number;
  code: 'EIO' | 'ENOSPC';
  persistent: boolean;
}

export interface FaultyFiles extends FileLayer {
  arm: (fault: Fault) => void;
  /** Whether the fault has struck. */
  struck: () => boolean;
  disarm: () => void;
}

/** The system's files, with one call (or all from it on) failing once armed. */
export function faultyFiles(): FaultyFiles {
  let count = 0;
  let armed: Fault | undefined;
  let hit = false;
  const strike = (what: string): void => {
    count++;
    if (armed === undefined || count < armed.at || (count > armed.at && !armed.persistent)) return;
    hit = true;
    throw Object.assign(new Error(`${armed.code}: injected, ${what}`), { code: armed.code });
  };
  const wrapFile = (file: OpenFile): OpenFile => ({
    async read(into, position) {
      strike('read');
      return file.read(into, position);
    },
    async write(bytes, position) {
      const half = bytes.subarray(0, bytes.byteLength >> 1);
      try {
        strike('write');
      } catch (error) {
        await file.write(half, position);
        throw error;
      }
      // Short writes happen: every second one takes only half.
      return file.write(count % 2 === 0 && half.byteLength > 0 ? half : bytes, position);
    },
    async datasync() {
      strike('datasync');
      await file.datasync();
    },
    async sync() {
      strike('sync');
      await file.sync();
    },
    async truncate(length) {
      strike('truncate');
      await file.truncate(length);
    },
    async size() {
      strike('size');
      return file.size();
    },
    async close() {
      await file.close();
      strike('close');
    },
  });
  return {
    arm: (fault) => {
      count = 0;
      armed = fault;
    },
    struck: () => hit,
    disarm: () => {
      armed = undefined;
    },
    async open(path, mode, options) {
      strike('open');
      return wrapFile(await systemFiles.open(path, mode, options));
    },
    async rename(from, to) {
      strike('rename');
      await systemFiles.rename(from, to);
    },
    async remove(path) {
      strike('remove');
      await systemFiles.remove(path);
    },
    async makeFolder(path) {
      strike('makeFolder');
      await systemFiles.makeFolder(path);
    },
    async listFolder(path) {
      strike('listFolder');
      return systemFiles.listFolder(path);
    },
    async syncFolder(path) {
      strike('syncFolder');
      await systemFiles.syncFolder(path);
    },
    async fileSize(path) {
      strike('fileSize');
      return systemFiles.fileSize(path);
    },
    async freeBytes(path) {
      strike('freeBytes');
      return systemFiles.freeBytes(path);
    },
  };
}
