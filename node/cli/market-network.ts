import type { MarketSession } from '../client/session/market-session.ts';
import type { NetworkSession } from '../client/session/network-session.ts';
import { providersToJoin } from '../client/session/open-session.ts';
import type { ClientConfig } from '../config/client-config.ts';
import type { Logger } from '../core/logger.ts';

/** The network of a command that needs no wallet: opened when something first asks a peer. */
export class MarketNetwork {
  readonly #market: MarketSession;
  readonly #config: ClientConfig['network'];
  readonly #logger: Logger;
  #opened: Promise<NetworkSession> | undefined;

  constructor(components: { market: MarketSession; logger: Logger }, config: ClientConfig['network']) {
    this.#market = components.market;
    this.#logger = components.logger;
    this.#config = config;
  }

  /** @throws StowError `network-out-of-reach` */
  async open(): Promise<NetworkSession> {
    this.#opened ??= import('../client/session/network-session.ts').then(async ({ NetworkSession }) =>
      NetworkSession.open(this.#config, { logger: this.#logger, providers: await providersToJoin(this.#market) }),
    );
    return this.#opened;
  }

  /** A network that failed to start has nothing to stop. */
  async stop(): Promise<void> {
    await this.#opened?.then(async (session) => session.stop()).catch(() => undefined);
  }
}
