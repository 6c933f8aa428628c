import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { toHex } from '../../../core/bytes.ts';
import type { Clock } from '../../../core/clock.ts';
import { ExitCode, isStowError, messageOf, StowError, systemCode } from '../../../core/errors.ts';
import { syncFolder } from '../../../store/sync-folder.ts';
import { lockFolder, type FolderLock } from '../../../store/folder-lock.ts';
import type { CatalogueScope } from '../../catalogue.ts';
import { FrameLog } from './frame-log.ts';
import { decodeRecord, encodeRecord, type PutRecord } from './put-record.ts';

/**
 * What is older is of no use: reservations lapse within 15 minutes of their last byte, and signatures even sooner. A day lets the user
 * come back to it and still have the source checked against what was sent.
 */
const STALE_MS = 24 * 60 * 60 * 1_000;
const RECORD_FILE = 'put.json';
const FRAMES_FILE = 'frames';

/** A record may hold the only trace of a bid, which stands for a time of its own; a day more, to be told what became of it. */
function usableMs({ bid }: PutRecord): number {
  return bid?.isPosting === true ? bid.wish.standsS * 1_000 + STALE_MS : STALE_MS;
}

/** What is saved anew at each step. */
type Changes = Partial<Omit<PutRecord, 'version' | 'objectKey'>>;

/** One put on disk, this process's alone until it ends or is closed. */
export class PutJournal {
  readonly frames: FrameLog;
  readonly #folder: string;
  readonly #lock: FolderLock;
  readonly #nowMs: () => number;
  #record: PutRecord;

  constructor(init: { folder: string; lock: FolderLock; frames: FrameLog; record: PutRecord; nowMs: () => number }) {
    this.frames = init.frames;
    this.#folder = init.folder;
    this.#lock = init.lock;
    this.#record = init.record;
    this.#nowMs = init.nowMs;
  }

  get record(): PutRecord {
    return this.#record;
  }

  /** Durable when it resolves, but for a rename that a power cut may undo: then what was saved before is there. */
  async save(changes: Changes): Promise<void> {
    this.#record = { ...this.#record, ...changes, savedAtMs: this.#nowMs() };
    const path = join(this.#folder, RECORD_FILE);
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.writeFile(encodeRecord(this.#record));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  }

  /** Leaves it to be gone on with. Safe to call twice, and after `end`. */
  async close(): Promise<void> {
    await this.frames.close().catch(() => undefined);
    this.#lock.release();
  }

  /** The put is over, one way or the other: nothing of it is kept. */
  async end(): Promise<void> {
    await rm(join(this.#folder, RECORD_FILE), { force: true });
    await this.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Puts of one wallet in one market that have not come to an end, each in a folder of its own, named after its object. */
export class UnfinishedPuts {
  readonly #folder: string;
  readonly #clock: Pick<Clock, 'nowMs'>;

  constructor(init: { folder: string; scope: CatalogueScope; clock: Pick<Clock, 'nowMs'> }) {
    const { chainId, market, client } = init.scope;
    this.#folder = join(init.folder, `${chainId}-${market}-${client}`.toLowerCase());
    this.#clock = init.clock;
  }

  /** Begins a put. @throws StowError `put-state-unusable` */
  async begin(record: Omit<PutRecord, 'version' | 'savedAtMs'>): Promise<PutJournal> {
    const folder = this.#folderOf(record.objectKey);
    return orUnusable(folder, async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const journal = await this.#open(folder, { ...record, version: 1, savedAtMs: this.#clock.nowMs() });
      await journal.save({});
      for (const path of [folder, this.#folder]) await syncFolder(path);
      return journal;
    });
  }

  /** Takes a put up again. @throws StowError `put-in-progress` while another process has it, `put-state-unusable` */
  async reopen(objectKey: Uint8Array): Promise<PutJournal> {
    const folder = this.#folderOf(objectKey);
    return orUnusable(folder, async () => this.#open(folder, await readRecord(folder)));
  }

  /** Those that can be gone on with, newest first. What cannot be read is left out. */
  async list(): Promise<PutRecord[]> {
    const records: PutRecord[] = [];
    for (const name of await foldersIn(this.#folder)) {
      const record = await readRecord(join(this.#folder, name)).catch(() => undefined);
      if (record !== undefined) records.push(record);
    }
    return records.toSorted((a, b) => b.savedAtMs - a.savedAtMs);
  }

  /** Removes what can be gone on with no more, being older than a day and without a bid that may stand, and what `isOver` says; never what a process works on. */
  async clean(isOver: (record: PutRecord) => boolean = () => false): Promise<void> {
    for (const name of await foldersIn(this.#folder)) {
      const folder = join(this.#folder, name);
      const record = await readRecord(folder).catch(() => undefined);
      const savedAtMs = record?.savedAtMs ?? (await stat(folder)).mtimeMs;
      const isStale = this.#clock.nowMs() - savedAtMs > (record === undefined ? STALE_MS : usableMs(record));
      if (!isStale && (record === undefined || !isOver(record))) continue;
      try {
        lockFolder(folder).release();
        await rm(folder, { recursive: true, force: true });
      } catch {
        // Another process has it, or it cannot be removed now: the next put looks again.
      }
    }
  }

  async #open(folder: string, record: PutRecord): Promise<PutJournal> {
    const lock = lockFolder(folder);
    try {
      const frames = await FrameLog.open(join(folder, FRAMES_FILE));
      return new PutJournal({ folder, lock, frames, record, nowMs: () => this.#clock.nowMs() });
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  #folderOf(objectKey: Uint8Array): string {
    return join(this.#folder, toHex(objectKey));
  }
}

async function readRecord(folder: string): Promise<PutRecord> {
  return decodeRecord(await readFile(join(folder, RECORD_FILE), 'utf8'));
}

async function foldersIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function orUnusable<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isStowError(error, 'folder-locked')) throw inProgress(error);
    if (isStowError(error)) throw error;
    throw new StowError({
      code: 'put-state-unusable',
      message: `the state of a put in ${folder} cannot be used: ${messageOf(error)}`,
      hint: 'check the disk and the permissions of the data folder; without --resume, a put starts anew',
      exitCode: ExitCode.general,
      cause: error,
    });
  }
}

function inProgress(cause: StowError): StowError {
  return new StowError({
    code: 'put-in-progress',
    message: 'another process is storing this object right now',
    hint: 'wait until it has ended; if it fails, run this again',
    exitCode: ExitCode.tryAgain,
    cause,
  });
}
