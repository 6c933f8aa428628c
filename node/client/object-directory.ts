import { readBlockTime } from './session/block-time.ts';
import { rebuildCatalogue, type RebuildComponents } from './rebuild-catalogue.ts';
import { listObjects, type StoredObject } from './stored-object.ts';
import { matchObject, unknownObject, type FoundObject } from './find-object.ts';
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

  /**
   * Reads the names of running objects that are not in the catalogue. Needs the wallet unlocked, and the network.
   * @returns those that could not be read, with the reason
   */
  async learn(options: { signal: AbortSignal }): Promise<{ object: StoredObject; reason: string }[]> {
    const missing = (await this.list()).filter(({ entry, state }) => entry === undefined && state === 'live');
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
   * @throws StowError `object-unknown`, `object-ambiguous`
   */
  async find(reference: string, options: { signal: AbortSignal }): Promise<FoundObject> {
    const known = matchObject(await this.list(), reference);
    if (known !== undefined) return known;
    await this.learn(options);
    const objects = await this.list();
    const found = matchObject(objects, reference);
    if (found !== undefined) return found;
    throw unknownObject(objects, reference);
  }
}
