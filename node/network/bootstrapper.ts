import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import type { PeerId, Startable } from '@libp2p/interface';

import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { parsePeerId } from './identity.ts';
import { BOOTSTRAP_MIN_CONNECTIONS, BOOTSTRAP_RETRY_MS, DIAL_TIMEOUT_MS } from './limits.ts';

/** A peer known before any lookup: from configuration, or from the registry on chain. */
export interface BootstrapPeer {
  peerId: string;
  addrs: readonly string[];
}

/** What it uses of libp2p's components. */
interface Components {
  connectionManager: {
    getConnections(): readonly unknown[];
    openConnection(addresses: Multiaddr[], options: { signal: AbortSignal }): Promise<unknown>;
  };
  peerId: PeerId;
}

/** Dials the bootstrap peers at start, and again whenever the node has lost nearly all its connections. */
class Bootstrapper implements Startable {
  readonly #components: Components;
  readonly #targets: Multiaddr[][];
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #stopping = new AbortController();

  constructor(components: Components, peers: readonly BootstrapPeer[], logger: Logger) {
    this.#components = components;
    this.#logger = logger;
    this.#targets = peers.filter(({ peerId }) => !parsePeerId(peerId).equals(components.peerId)).map(targetOf);
  }

  start(): void {}

  /** Not in `start`: services start side by side, and dialling needs the others. */
  afterStart(): void {
    if (this.#targets.length === 0) return;
    this.#stopping = new AbortController();
    this.#dialAll();
    this.#timer = setInterval(() => {
      const { length } = this.#components.connectionManager.getConnections();
      if (length < Math.min(BOOTSTRAP_MIN_CONNECTIONS, this.#targets.length)) this.#dialAll();
    }, BOOTSTRAP_RETRY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#stopping.abort();
  }

  #dialAll(): void {
    for (const addresses of this.#targets) void this.#dial(addresses);
  }

  async #dial(addresses: Multiaddr[]): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)]);
    try {
      await this.#components.connectionManager.openConnection(addresses, { signal });
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#logger.debug({ addresses: addresses.map(String), reason: messageOf(error) }, 'bootstrap peer not reached');
    }
  }
}

function targetOf({ peerId, addrs }: BootstrapPeer): Multiaddr[] {
  return addrs.map((text) => {
    const address = multiaddr(text);
    const named = address.getComponents().some((part) => part.name === 'p2p');
    return named ? address : address.encapsulate(`/p2p/${peerId}`);
  });
}

/** A libp2p service, so that it starts and stops with the host. */
export function bootstrapper(peers: readonly BootstrapPeer[], logger: Logger): (components: Components) => Startable {
  return (components) => new Bootstrapper(components, peers, logger);
}
