import { multiaddr } from '@multiformats/multiaddr';

import type { ClientConfig } from '../../config/client-config.ts';
import { ExitCode, messageOf, StowError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { BootstrapPeer } from '../../network/bootstrapper.ts';
import { Dht } from '../../network/dht.ts';
import { createHost } from '../../network/host.ts';
import { Rpc } from '../../network/rpc.ts';
import type { KnownProvider } from '../market-view.ts';
import { controlAddresses } from './peer-book.ts';

/** Providers from the registry to join through. One is enough; several cover for those that are down. */
const BOOTSTRAP_PROVIDERS = 8;

/** The DHT, and calls of providers over libp2p. */
export interface ControlNetwork {
  readonly rpc: Rpc;
  readonly dht: Dht;
  stop(): Promise<void>;
}

export interface ControlNetworkInit {
  /** 32-byte secp256k1 private key. */
  nodeKey: Uint8Array;
  /** Through whom it is joined, besides those of the configuration. */
  providers: readonly Pick<KnownProvider, 'peerId' | 'addresses'>[];
  logger: Logger;
}

/** Joins the libp2p network as a client, which only asks. @throws StowError `config-invalid` */
export async function openControlNetwork(
  config: ClientConfig['network'],
  { nodeKey, providers, logger }: ControlNetworkInit,
): Promise<ControlNetwork> {
  const bootstrap = [...bootstrapOf(config.bootstrap), ...bootstrapFromRegistry(providers)];
  const host = await createHost({
    nodeKey,
    listen: [],
    mode: 'client',
    bootstrap,
    devnet: config.allowPrivate,
    logger,
  });
  return {
    rpc: new Rpc({ host, logger }),
    dht: new Dht({ host, logger }),
    stop: async () => host.stop(),
  };
}

/** Addresses `…/p2p/PEER` of the configuration. @throws StowError `config-invalid` */
function bootstrapOf(addresses: readonly string[]): BootstrapPeer[] {
  return addresses.map((text) => {
    try {
      const peerId = multiaddr(text)
        .getComponents()
        .findLast((part) => part.name === 'p2p')?.value;
      if (peerId === undefined) throw new Error('it does not end in /p2p/ and a peer id');
      return { peerId, addrs: [text] };
    } catch (error) {
      throw new StowError({
        code: 'config-invalid',
        message: `network.bootstrap: ${JSON.stringify(text)} is no peer's address: ${messageOf(error)}`,
        hint: 'write it as /ip4/ADDRESS/tcp/PORT/p2p/PEER-ID',
        exitCode: ExitCode.usage,
        cause: error,
      });
    }
  });
}

function bootstrapFromRegistry(providers: readonly Pick<KnownProvider, 'peerId' | 'addresses'>[]): BootstrapPeer[] {
  return providers
    .map(({ peerId, addresses }) => ({ peerId, addrs: controlAddresses(addresses).map(String) }))
    .filter(({ addrs }) => addrs.length > 0)
    .slice(-BOOTSTRAP_PROVIDERS);
}
