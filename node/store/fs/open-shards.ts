import { toHex } from '../../core/bytes.ts';
import type { OpenFile, OpenOptions } from './file-layer.ts';
import type { ShardFiles } from './shard-files.ts';

/** A reader asks for the next part of a shard well within this; looking for its file anew each time costs more than reading it. */
const IDLE_MS = 2_000;

/** A shard's file, and how many units it has. */
export interface OpenedShard {
  readonly file: OpenFile;
  readonly units: number;
}

interface Entry {
  opened: Promise<OpenedShard>;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

/** The files of shards that are read: opened once for all who read them, and closed a moment after the last. */
export class OpenShards {
  readonly #shards: Pick<ShardFiles, 'open'>;
  /** By root and options. */
  readonly #entries = new Map<string, Entry>();

  constructor(shards: Pick<ShardFiles, 'open'>) {
    this.#shards = shards;
  }

  /**
   * Opens a shard, or takes what is open.
   * @returns with `release`, which is called once, and last
   * @throws StowError `shard-missing`, and what the system says
   */
  async acquire(root: Uint8Array, options: OpenOptions): Promise<OpenedShard & { release: () => void }> {
    const key = keyOf(root, options.direct === true);
    const entry = this.#entries.get(key) ?? this.#open(key, root, options);
    clearTimeout(entry.idle);
    entry.users++;
    const release = (): void => this.#release(key, entry);
    try {
      return { ...(await entry.opened), release };
    } catch (error) {
      this.#forget(key, entry);
      throw error;
    }
  }

  /** The shard's file is another one now, or gone: whoever reads it still ends with what is open. */
  forget(root: Uint8Array): void {
    for (const key of [keyOf(root, true), keyOf(root, false)]) {
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      this.#forget(key, entry);
      if (entry.users === 0) close(entry);
    }
  }

  #open(key: string, root: Uint8Array, options: OpenOptions): Entry {
    const entry: Entry = { opened: this.#shards.open(root, options), users: 0, idle: undefined };
    this.#entries.set(key, entry);
    return entry;
  }

  #release(key: string, entry: Entry): void {
    entry.users--;
    if (entry.users > 0) return;
    if (this.#entries.get(key) !== entry) return close(entry);
    entry.idle = setTimeout(() => {
      this.#forget(key, entry);
      close(entry);
    }, IDLE_MS);
    // A file that nobody reads must not keep a process from ending.
    entry.idle.unref();
  }

  #forget(key: string, entry: Entry): void {
    clearTimeout(entry.idle);
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }
}

function keyOf(root: Uint8Array, direct: boolean): string {
  return `${toHex(root)}${direct ? ' direct' : ''}`;
}

/** Nothing was written, so nothing can be lost with a failure. */
function close({ opened }: Entry): void {
  void opened.then(async ({ file }) => file.close()).catch(() => undefined);
}
