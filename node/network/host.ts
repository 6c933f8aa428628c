import { noise } from '@libp2p/noise';
import { identify, type Identify } from '@libp2p/identify';
import type { GossipSub } from '@libp2p/gossipsub';
import { kadDHT, type KadDHT } from '@libp2p/kad-dht';
import { ping, type Ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import type { Libp2p, PeerInfo, ServiceMap, Startable } from '@libp2p/interface';
import type { Libp2pOptions } from 'libp2p';

import { ExitCode, messageOf, StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { guardedLookup, multiaddrWithin, type Reach, reachOf } from './address-policy.ts';
import { bootstrapper, type BootstrapPeer } from './bootstrapper.ts';
import { connectionGater } from './connection-gater.ts';
import { nodeIdentity } from './identity.ts';
import { boundedAddresses, boundedStreams } from './kad-guards.ts';
import { gossipService } from './gossip.ts';
import * as limits from './limits.ts';

export interface HostInit {
  /** 32-byte secp256k1 private key. */
  nodeKey: Uint8Array;
  /** Multiaddrs to listen on, such as `/ip4/0.0.0.0/tcp/4001`; empty for a node that only dials. */
  listen: readonly string[];
  /** Multiaddrs to tell others, in place of those listened on. */
  announce?: readonly string[] | undefined;
  /** Multiaddrs to tell others, besides those listened on: where bulk transport answers. */
  appendAnnounce?: readonly string[] | undefined;
  /** A provider answers DHT queries; a client only asks. */
  mode: 'provider' | 'client';
  bootstrap?: readonly BootstrapPeer[] | undefined;
  /** What it gossips about; nothing when absent. */
  topics?: readonly string[] | undefined;
  /** Keeps peers and provider records over restarts; memory when absent. */
  datastore?: NonNullable<Libp2pOptions['datastore']> | undefined;
  /** All peers on loopback or private networks; only those are dialled then, and otherwise never. */
  devnet: boolean;
  logger: Logger;
}

export interface HostServices extends ServiceMap {
  identify: Identify;
  ping: Ping;
  dht: KadDHT;
  bootstrap: Startable;
  /** Only with topics. */
  gossip?: GossipSub;
}

export type Host = Libp2p<HostServices>;

/**
 * Starts a libp2p node: TCP, Noise, yamux, and the market's own DHT. Stop it with `host.stop()`.
 * @throws StowError `node-key-invalid`, `network-port-taken`, `network-listen-failed`
 */
export async function createHost(init: HostInit): Promise<Host> {
  const host = await createLibp2p<HostServices>(options(init));
  try {
    await host.start();
  } catch (error) {
    await host.stop();
    throw listenError(init.listen, error);
  }
  const addresses = host.getMultiaddrs().map(String);
  init.logger.info({ peerId: host.peerId.toString(), addresses, mode: init.mode }, 'libp2p host started');
  return host;
}

function options(init: HostInit): Libp2pOptions<HostServices> {
  const { privateKey } = nodeIdentity(init.nodeKey);
  const reach = reachOf(init);
  return {
    start: false,
    privateKey,
    nodeInfo: { name: 'stowmarket', userAgent: 'stowmarket' },
    addresses: {
      listen: [...init.listen],
      announce: [...(init.announce ?? [])],
      appendAnnounce: [...(init.appendAnnounce ?? [])],
    },
    transports: [tcp({ dialOpts: dialOptions(reach) })],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux(MUXER)],
    connectionGater: connectionGater(reach),
    connectionManager: {
      maxConnections: limits.MAX_CONNECTIONS,
      maxPeerAddrsToDial: limits.MAX_ADDRESSES_TO_DIAL,
      dialTimeout: limits.DIAL_TIMEOUT_MS,
      inboundConnectionThreshold: init.devnet ? limits.DEVNET_INBOUND_PER_SECOND : limits.INBOUND_PER_SECOND,
      maxIncomingPendingConnections: init.devnet ? limits.DEVNET_INBOUND_PENDING : limits.INBOUND_PENDING,
      // Resolving /dnsaddr would let any peer make us query names of its choice.
      resolvers: {},
    },
    peerStore: { maxAddressAge: limits.PEER_ADDRESS_AGE_MS, maxPeerAge: limits.PEER_AGE_MS },
    ...(init.datastore === undefined ? {} : { datastore: init.datastore }),
    services: {
      identify: (components) => identify({ protocolPrefix: 'stowmarket' })(boundedAddresses(components)),
      ping: ping({ protocolPrefix: 'stowmarket' }),
      dht: kad(init),
      bootstrap: bootstrapper(init.bootstrap ?? [], init.logger),
      ...(init.topics === undefined ? {} : { gossip: gossipService({ topics: init.topics, devnet: init.devnet }) }),
    },
  };
}

const MUXER = {
  maxInboundStreams: limits.MAX_INBOUND_STREAMS,
  streamOptions: {
    maxStreamWindowSize: limits.STREAM_WINDOW_BYTES,
    maxReadBufferLength: limits.STREAM_READ_BUFFER_BYTES,
    inactivityTimeout: limits.STREAM_IDLE_MS,
  },
} as const;

/** The transport hands its dial options to `net.connect` as they are; its type only lists the common ones. */
function dialOptions(reach: Reach): object {
  return { lookup: guardedLookup(reach) };
}

function kad(init: HostInit): ReturnType<typeof kadDHT> {
  const reach = reachOf(init);
  const create = kadDHT({
    protocol: limits.KAD_PROTOCOL,
    logPrefix: limits.KAD_LOG_PREFIX,
    datastorePrefix: '/stowmarket/dht',
    metricsPrefix: 'stowmarket_kad',
    clientMode: init.mode === 'client',
    kBucketSize: limits.KAD_BUCKET_SIZE,
    alpha: limits.KAD_ALPHA,
    disjointPaths: limits.KAD_DISJOINT_PATHS,
    prefixLength: limits.KAD_PREFIX_LENGTH,
    initialQuerySelfInterval: limits.KAD_INITIAL_SELF_QUERY_MS,
    querySelfInterval: init.devnet ? limits.DEVNET_SELF_QUERY_MS : limits.KAD_SELF_QUERY_MS,
    networkDialTimeout: limits.KAD_MESSAGE_TIMEOUT_MS,
    maxInboundStreams: limits.KAD_MAX_INBOUND_STREAMS,
    // The first self-query must wait for a first peer, or the next comes a minute later and the table stays nearly empty
    // until then. Queries would wait too, until their signal aborts: Dht bounds that.
    allowQueryWithZeroPeers: false,
    reprovide: {
      validity: limits.RECORD_VALIDITY_MS,
      threshold: limits.RECORD_RENEW_THRESHOLD_MS,
      interval: limits.RECORD_CHECK_INTERVAL_MS,
    },
    // The library's default drops private addresses, which leaves every table of a devnet empty.
    peerInfoMapper: (peer) => withinReach(reach, peer),
  });
  return (components) => create(boundedStreams(boundedAddresses(components)));
}

function withinReach(reach: Reach, peer: PeerInfo): PeerInfo {
  const multiaddrs = peer.multiaddrs.filter((address) => multiaddrWithin(reach, address));
  return { ...peer, multiaddrs: multiaddrs.slice(0, limits.MAX_ADDRESSES_PER_PEER) };
}

function listenError(listen: readonly string[], error: unknown): StowError {
  const reason = messageOf(error);
  const taken = reason.includes('EADDRINUSE');
  const where = listen.join(', ');
  return new StowError({
    code: taken ? 'network-port-taken' : 'network-listen-failed',
    message: taken ? `another process already listens on ${where}` : `cannot listen on ${where}: ${reason.trim()}`,
    hint: taken
      ? 'stop the other process, or choose another port in the listen addresses'
      : 'check the listen addresses: /ip4/ADDRESS/tcp/PORT with an address of this machine',
    exitCode: ExitCode.usage,
    cause: error,
  });
}
