import type { KadDHTComponents } from '@libp2p/kad-dht';
import type { PeerData, PeerStore, Stream, StreamHandler } from '@libp2p/interface';

import { KAD_MAX_STREAM_BYTES, MAX_ADDRESSES_PER_PEER } from './limits.ts';

/**
 * The DHT's collaborators, with a bound that the library lacks: what one stream may send before it is reset. Stream
 * middleware would be the place for it, but libp2p 3.3 appends each stream's handler to the registered middleware, which
 * then runs once more per stream.
 */
export function boundedStreams(components: KadDHTComponents): KadDHTComponents {
  const { registrar } = components;
  const handle: typeof registrar.handle = async (protocol, handler, options) =>
    registrar.handle(protocol, boundedHandler(handler), options);
  return override(components, { registrar: override(registrar, { handle }) });
}

/** Collaborators with a peer store that keeps only so many addresses of a peer, whoever names them: itself or others. */
export function boundedAddresses<T extends { peerStore: PeerStore }>(components: T): T {
  const { peerStore } = components;
  const merge: PeerStore['merge'] = async (peerId, data, options) => {
    const peer = await peerStore.merge(peerId, bounded(data), options);
    if (peer.addresses.length <= MAX_ADDRESSES_PER_PEER) return peer;
    const known = peer.addresses.map(({ multiaddr }) => multiaddr);
    return peerStore.patch(peerId, bounded({ multiaddrs: [...(data.multiaddrs ?? []), ...known] }), options);
  };
  const bounds: Partial<PeerStore> = {
    merge,
    patch: async (peerId, data, options) => peerStore.patch(peerId, bounded(data), options),
    save: async (peerId, data, options) => peerStore.save(peerId, bounded(data), options),
  };
  const members: Partial<T> = {};
  members.peerStore = override(peerStore, bounds);
  return override(components, members);
}

function boundedHandler(handler: StreamHandler): StreamHandler {
  return (stream, connection) => {
    limitBytes(stream);
    return handler(stream, connection);
  };
}

function limitBytes(stream: Stream): void {
  let received = 0;
  stream.addEventListener('message', ({ data }) => {
    received += data.byteLength;
    if (received > KAD_MAX_STREAM_BYTES)
      stream.abort(new Error(`more than ${KAD_MAX_STREAM_BYTES} bytes in a DHT stream`));
  });
}

function bounded(data: PeerData): PeerData {
  if (data.multiaddrs === undefined) return data;
  return { ...data, multiaddrs: data.multiaddrs.slice(0, MAX_ADDRESSES_PER_PEER) };
}

/** `target` with some members replaced. Its own methods still run on the target itself. */
function override<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(object, key) {
      if (key in members) return Reflect.get(members, key);
      const value: unknown = Reflect.get(object, key, object);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}
