import { secp256k1 } from '@noble/curves/secp256k1.js';
import { multiaddr } from '@multiformats/multiaddr';

import type { ClientConfig } from '../../config/client-config.ts';
import { ExitCode, messageOf, StowError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { BootstrapPeer } from '../../network/bootstrapper.ts';
import { Dht } from '../../network/dht.ts';
import { dialPolicy, multiaddrWithin } from '../../network/address-policy.ts';
import { nodeIdentity } from '../../network/identity.ts';
import { createHost, reachOf, type Host } from '../../network/host.ts';
import { Rpc } from '../../network/rpc.ts';
import { BulkClient } from '../../transfer/bulk-client.ts';
import { createTlsIdentity } from '../../transfer/tls-identity.ts';
import type { KnownProvider } from '../market-view.ts';
import { controlAddresses, PeerBook } from './peer-book.ts';

/** Providers from the registry to join through. One is enough; several cover for those that are down. */
const BOOTSTRAP_PROVIDERS = 8;

/** The connections of one command. Its peer id is new each time, so that runs cannot be linked by it. */
export interface NetworkSession {
  readonly rpc: Rpc;
  readonly dht: Dht;
  readonly bulk: BulkClient;
  readonly peers: PeerBook;
  stop(): Promise<void>;
}

export async function openNetwork(
  config: ClientConfig['network'],
  components: { logger: Logger; providers: readonly Pick<KnownProvider, 'peerId' | 'addresses'>[] },
): Promise<NetworkSession> {
  const { logger } = components;
  requireReachable(components.providers, config.allowPrivate);
  const nodeKey = secp256k1.utils.randomSecretKey();
  const network = { devnet: config.allowPrivate };
  const bootstrap = [...bootstrapOf(config.bootstrap), ...bootstrapFromRegistry(components.providers)];
  const host = await createHost({ nodeKey, listen: [], mode: 'client', bootstrap, ...network, logger });
  try {
    const bulk = new BulkClient({
      identity: await createTlsIdentity(nodeIdentity(nodeKey).privateKey),
      dial: dialPolicy(reachOf(network)),
    });
    const rpc = new Rpc({ host, logger });
    const dht = new Dht({ host, logger });
    const peers = new PeerBook({ dht, rpc, logger });
    return { rpc, dht, bulk, peers, stop: async () => stopAll(bulk, host) };
  } catch (error) {
    await host.stop();
    throw error;
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

async function stopAll(bulk: BulkClient, host: Host): Promise<void> {
  await bulk.close();
  await host.stop();
}
