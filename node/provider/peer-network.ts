import type { ProviderConfig } from '../config/provider-config.ts';
import type { Logger } from '../core/logger.ts';
import { dialPolicy, reachOf } from '../network/address-policy.ts';
import type { BootstrapPeer } from '../network/bootstrapper.ts';
import { Dht } from '../network/dht.ts';
import { createHost, type Host } from '../network/host.ts';
import { nodeIdentity } from '../network/identity.ts';
import { Rpc } from '../network/rpc.ts';
import { BulkClient } from '../transfer/bulk-client.ts';
import { BulkServer, type BulkServerComponents } from '../transfer/bulk-server.ts';
import { createTlsIdentity } from '../transfer/tls-identity.ts';
import { bulkAnnouncements } from './bulk-announce.ts';
import type { Shutdown } from './shutdown.ts';

export interface PeerNetwork {
  host: Host;
  rpc: Rpc;
  dht: Dht;
  /** Multiaddrs of the bulk server. */
  bulk: readonly string[];
  /** Reads from other providers, which see this node's key. */
  bulkClient: BulkClient;
}

export interface PeerNetworkComponents extends Pick<
  BulkServerComponents,
  'intake' | 'source' | 'authorize' | 'payments'
> {
  nodeKey: Uint8Array;
  bootstrap: readonly BootstrapPeer[];
  /** What it gossips about. */
  topics: readonly string[];
  logger: Logger;
}

/** Opens both listening sockets: libp2p for control and the DHT, HTTP/2 for shard bytes. @throws StowError `network-port-taken` */
export async function openPeerNetwork(
  components: PeerNetworkComponents,
  config: Pick<ProviderConfig, 'network' | 'transfer' | 'retrieval'>,
  shutdown: Shutdown,
): Promise<PeerNetwork> {
  const { nodeKey, bootstrap, topics, logger } = components;
  const devnet = config.network.allowPrivate;
  const identity = await createTlsIdentity(nodeIdentity(nodeKey).privateKey);
  const { maxReadsPerClient: maxReadsPerReader } = config.retrieval;
  const server = new BulkServer({ ...components, identity }, { maxReadsPerReader });
  const bound = await server.start({ host: config.transfer.host, port: config.transfer.port });
  shutdown.add('bulk server', () => server.stop());

  const bulk = bulkAnnouncements({ bound, announceHost: config.transfer.announceHost, devnet });
  const host = await createHost({
    nodeKey,
    listen: config.network.listen,
    announce: config.network.announce,
    appendAnnounce: bulk,
    mode: 'provider',
    bootstrap,
    topics,
    devnet,
    logger,
  });
  shutdown.add('libp2p host', () => host.stop());
  const rpc = new Rpc({ host, logger });
  shutdown.add('rpc', () => rpc.close());
  const bulkClient = new BulkClient({ identity, dial: dialPolicy(reachOf({ devnet })) });
  shutdown.add('bulk client', () => bulkClient.close());
  return { host, rpc, dht: new Dht({ host, logger }), bulk, bulkClient };
}

/** The addresses that others reach this node under, for the registry: libp2p's and the bulk server's. */
export function addressesOf(host: Host): string[] {
  return host.getMultiaddrs().map(String);
}
