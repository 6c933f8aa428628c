import { readBlockTime } from './session/block-time.ts';
import { rebuildCatalogue, type RebuildComponents } from './rebuild-catalogue.ts';
import { listObjects, type StoredObject } from './stored-object.ts';
import { unknownObject, type FoundObject } from './find-object.ts';
import { inPack, locateIn, type Located } from './pack/locate.ts';
import { viewPack, type PackView } from './pack/pack-view.ts';
import type { ClientSession } from './session/open-session.ts';
import type { Logger } from '../core/logger.ts';
import type { Clock } from '../core/clock.ts';

export interface DirectoryComponents {
  session: Pick<ClientSession, 'market' | 'catalogue' | 'address' | 'wallet' | 'transfer'>;
  clock: Pick<Clock, 'nowMs'>;
  logger: Logger;
}

/** The client's objects by name and key, learning from the chain and the shards what this machine does not know. */
export class ObjectDirectory {
  readonly #components: DirectoryComponents;

  constructor(components: DirectoryComponents) {
    this.#components = components;
  }

  /** What catalogue and chain know, without asking any provider. */
  async list(): Promise<StoredObject[]> {
    const { session, clock } = this.#components;
    const { market, catalogue, address } = session;
    return listObjects({ index: market.index, catalogue, address }, Math.floor(clock.nowMs() / 1_000));
  }

  /** The wallet's pack, of what this machine knows. */
  pack(objects: readonly StoredObject[]): PackView {
    return viewPack(objects, this.#components.session.catalogue);
  }

  /**
   * Reads the names of running objects that are not in the catalogue, and what segments of the pack hold. Needs the wallet unlocked, and the network.
   * @returns those that could not be read, with the reason
   */
  async learn(options: { signal: AbortSignal }): Promise<{ object: StoredObject; reason: string }[]> {
    const objects = await this.list();
    const unnamed = objects.filter(({ entry, state }) => entry === undefined && state === 'live');
    const missing = [...new Set([...unnamed, ...this.pack(objects).unread])];
    if (missing.length === 0) return [];
    return rebuildCatalogue(await this.rebuilding(options), missing, options);
  }

  /** What reading headers works with. Unlocks the wallet and starts the network. */
  async rebuilding(options: { signal: AbortSignal }): Promise<RebuildComponents> {
    const { session, logger } = this.#components;
    const { market, catalogue } = session;
    const { ownerKey } = await session.wallet();
    return {
      access: await session.transfer(),
      catalogue,
      privateKey: ownerKey.privateKey,
      providersOf: async (ids) => market.providers(ids),
      timeOfBlock: async (block) => readBlockTime(market.chain, block, options),
      logger,
    };
  }

  /**
   * The object behind a name, a key or the start of a key.
   * @throws StowError `object-unknown`, `object-ambiguous`; `object-in-pack` for a name that has no object of its own
   */
  async find(reference: string, options: { signal: AbortSignal }): Promise<FoundObject> {
    const { packed, ...found } = await this.locate(reference, options);
    if (packed !== undefined) throw inPack(packed.file.name, found.object.objectKey);
    return found;
  }

  /**
   * As `find`, and also the files of the pack: then the object is the segment that has it. Of two of a name, the one that was put last.
   * @throws StowError `object-unknown`, `object-ambiguous`
   */
  async locate(reference: string, options: { signal: AbortSignal }): Promise<Located> {
    const objects = await this.list();
    const pack = this.pack(objects);
    const known = locateIn(objects, pack, reference);
    // What this machine has not read may say otherwise of what is in the pack.
    if (known !== undefined && (known.packed === undefined || pack.unread.length === 0)) return known;
    await this.learn(options);
    const all = await this.list();
    const found = locateIn(all, this.pack(all), reference);
    if (found !== undefined) return found;
    throw unknownObject(all, reference);
  }
}
