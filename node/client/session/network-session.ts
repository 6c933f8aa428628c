import { secp256k1 } from '@noble/curves/secp256k1.js';

import type { ClientConfig } from '../../config/client-config.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { dialPolicy, multiaddrWithin, reachOf } from '../../network/address-policy.ts';
import { nodeIdentity } from '../../network/identity.ts';
import { BulkClient } from '../../transfer/bulk-client.ts';
import { createTlsIdentity } from '../../transfer/tls-identity.ts';
import type { KnownProvider } from '../market-view.ts';
import type { ControlNetwork } from './control-network.ts';
import { type AddressMemory, controlAddresses, PeerBook } from './peer-book.ts';

export interface NetworkComponents {
  logger: Logger;
  /** Through whom the network can be joined. */
  providers: readonly Pick<KnownProvider, 'peerId' | 'addresses'>[];
  /** Where providers answered before; nothing is remembered without it. */
  memory?: AddressMemory | undefined;
}

/**
 * The connections of one command. Its peer id is new each time, so that runs cannot be linked by it. The libp2p network is joined when something first
 * asks it: reading where providers answered before does without, and joining costs both sides more than a short read.
 */
export class NetworkSession {
  readonly bulk: BulkClient;
  readonly peers: PeerBook;
  readonly #join: () => Promise<ControlNetwork>;
  #control: Promise<ControlNetwork> | undefined;

  private constructor(bulk: BulkClient, join: () => Promise<ControlNetwork>, components: NetworkComponents) {
    this.bulk = bulk;
    this.#join = join;
    const { memory, logger } = components;
    this.peers = new PeerBook({ network: async () => this.control(), memory, logger });
  }

  /** @throws StowError `network-out-of-reach` */
  static async open(config: ClientConfig['network'], components: NetworkComponents): Promise<NetworkSession> {
    const { logger, providers } = components;
    requireReachable(providers, config.allowPrivate);
    const nodeKey = secp256k1.utils.randomSecretKey();
    const bulk = new BulkClient({
      identity: await createTlsIdentity(nodeIdentity(nodeKey).privateKey),
      dial: dialPolicy(reachOf({ devnet: config.allowPrivate })),
    });
    const join = async (): Promise<ControlNetwork> => {
      // Loading libp2p takes as long as many a command that does without it.
      const { openControlNetwork } = await import('./control-network.ts');
      return openControlNetwork(config, { nodeKey, providers, logger });
    };
    return new NetworkSession(bulk, join, components);
  }

  /** The DHT and calls of providers: joins the network. @throws StowError `config-invalid` */
  async control(): Promise<ControlNetwork> {
    this.#control ??= this.#join();
    return this.#control;
  }

  async stop(): Promise<void> {
    await this.bulk.close();
    // A network that failed to start has nothing to stop.
    await this.#control?.then(async (control) => control.stop()).catch(() => undefined);
  }
}

/** A network whose addresses are all of the other kind would fail one dial at a time, without saying why. */
function requireReachable(providers: readonly Pick<KnownProvider, 'addresses'>[], allowPrivate: boolean): void {
  const addresses = providers.flatMap((provider) => controlAddresses(provider.addresses));
  const reach = reachOf({ devnet: allowPrivate });
  if (addresses.length === 0 || addresses.some((address) => multiaddrWithin(reach, address))) return;
  throw new StowError({
    code: 'network-out-of-reach',
    message: allowPrivate
      ? `the ${providers.length} providers of this market are on public addresses, and network.allow-private dials private ones only`
      : `the ${providers.length} providers of this market are on private or loopback addresses, which are not dialled`,
    hint: allowPrivate
      ? 'unset network.allow-private (STOWMARKET_NETWORK_ALLOW_PRIVATE)'
      : 'on a network of your own, set network.allow-private = true in client.toml, or STOWMARKET_NETWORK_ALLOW_PRIVATE=true',
    exitCode: ExitCode.usage,
  });
}
