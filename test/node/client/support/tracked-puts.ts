import { UnfinishedPuts, type PutJournal } from '../../../../node/client/put/unfinished/unfinished-puts.ts';

/** Keeps what it opened, so that a process that "died" leaves no file open. */
export class TrackedPuts extends UnfinishedPuts {
  /** Nothing of a dead process reaches the disk any more. */
  isDead = false;
  readonly #opened: PutJournal[] = [];
  /** Writes that the disk has begun: a kill does not take them back, and nothing follows them. */
  readonly #writing = new Set<Promise<unknown>>();

  override async begin(...args: Parameters<UnfinishedPuts['begin']>): Promise<PutJournal> {
    return this.#track(await super.begin(...args));
  }

  override async reopen(...args: Parameters<UnfinishedPuts['reopen']>): Promise<PutJournal> {
    return this.#track(await super.reopen(...args));
  }

  /** What the system does for a process that is gone. */
  async closeAll(): Promise<void> {
    this.isDead = true;
    while (this.#writing.size > 0) await Promise.allSettled(this.#writing);
    for (const journal of this.#opened) await journal.close();
  }

  #track(journal: PutJournal): PutJournal {
    const save = journal.save.bind(journal);
    const append = journal.frames.append.bind(journal.frames);
    journal.save = async (changes) => this.#write(async () => save(changes));
    journal.frames.append = async (digests) => this.#write(async () => append(digests));
    this.#opened.push(journal);
    return journal;
  }

  async #write(write: () => Promise<void>): Promise<void> {
    if (this.isDead) await new Promise(() => undefined);
    const writing = write();
    this.#writing.add(writing);
    await writing.finally(() => this.#writing.delete(writing));
    if (this.isDead) await new Promise(() => undefined);
  }
}
