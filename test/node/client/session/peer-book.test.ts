import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import type { PeerInfo } from '@libp2p/interface';
import { expect } from 'chai';

import { type AddressMemory, controlAddresses, PeerBook } from '../../../../node/client/session/peer-book.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { nodeIdentity } from '../../../../node/network/identity.ts';
import { addressText, type BulkAddress } from '../../../../node/transfer/bulk-address.ts';

const { peerId } = nodeIdentity(new Uint8Array(32).fill(7));
const registered = ['/ip4/127.0.0.1/tcp/1', '/ip4/127.0.0.1/tcp/2/tls/http', 'not an address'];
const provider = { id: 3, peerId: peerId.toString(), addresses: registered };

interface Fakes {
  findPeer?: string[] | Error;
  findProviders?: string[];
  terms?: string[] | Error;
  memory?: AddressMemory;
}

function book({ findPeer = [], findProviders = [], terms = [], memory }: Fakes): { book: PeerBook; calls: string[] } {
  const calls: string[] = [];
  const info = (addresses: string[]): PeerInfo => ({
    id: peerId,
    multiaddrs: addresses.map((text) => multiaddr(text)),
  });
  const dht = {
    findPeer: async () => {
      calls.push('findPeer');
      if (findPeer instanceof Error) throw findPeer;
      return findPeer.length === 0 ? undefined : info(findPeer);
    },
    findProviders: async () => {
      calls.push('findProviders');
      return [
        {
          id: nodeIdentity(new Uint8Array(32).fill(9)).peerId,
          multiaddrs: [multiaddr('/ip4/10.9.9.9/tcp/9/tls/http')],
        },
        info(findProviders),
      ];
    },
  };
  const rpc = {
    call: async () => {
      calls.push('terms');
      if (terms instanceof Error) throw terms;
      return { bulk: terms } as never;
    },
  };
  const network = async (): Promise<{ dht: typeof dht; rpc: typeof rpc }> => {
    calls.push('network');
    return { dht, rpc };
  };
  return { book: new PeerBook({ network, memory, logger: silentLogger }), calls };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function memoryOf(known: BulkAddress): AddressMemory & { written: string[] } {
  const written: string[] = [];
  return {
    bulkAddress: (id) => (id === provider.peerId ? known : undefined),
    setBulkAddress: (_id, address) => void written.push(addressText(address)),
    written,
  };
}

const texts = (target: unknown): string[] => ((target as { addrs?: Multiaddr[] }).addrs ?? []).map(String);

describe('peer book', () => {
  it('calls where the DHT says, then where the registry says', async () => {
    const targets = await collect(
      book({ findPeer: ['/ip4/10.0.0.1/tcp/5', '/ip4/10.0.0.1/tcp/6/tls/http'] }).book.controlTargets(provider, {}),
    );
    expect(targets.map(texts)).to.deep.equal([['/ip4/10.0.0.1/tcp/5'], ['/ip4/127.0.0.1/tcp/1']]);
  });

  it('falls back to the registry when the DHT fails', async () => {
    const targets = await collect(book({ findPeer: new Error('no peers') }).book.controlTargets(provider, {}));
    expect(targets.map(texts)).to.deep.equal([['/ip4/127.0.0.1/tcp/1']]);
  });

  it('leaves finding to libp2p when nobody knows an address', async () => {
    const targets = await collect(book({}).book.controlTargets({ ...provider, addresses: [] }, {}));
    expect(targets).to.deep.equal([peerId]);
  });

  it('tries bulk addresses from the DHT, announcements, the registry and the provider itself, each once', async () => {
    const { book: peers, calls } = book({
      findPeer: ['/ip4/10.0.0.1/tcp/6/tls/http'],
      findProviders: ['/ip4/10.0.0.1/tcp/6/tls/http', '/ip4/10.0.0.2/tcp/6/tls/http'],
      terms: ['/ip4/127.0.0.1/tcp/2/tls/http', '/ip4/10.0.0.3/tcp/6/tls/http'],
    });
    const addresses = await collect(peers.bulkAddresses(provider, { root: new Uint8Array(32) }));
    expect(addresses.map(addressText)).to.deep.equal(['10.0.0.1:6', '10.0.0.2:6', '127.0.0.1:2', '10.0.0.3:6']);
    expect(calls.filter((call) => call !== 'network')).to.deep.equal(['findPeer', 'findProviders', 'terms']);
  });

  it('asks no further once an address works', async () => {
    const { book: peers, calls } = book({ findPeer: ['/ip4/10.0.0.1/tcp/6/tls/http'] });
    for await (const address of peers.bulkAddresses(provider, {})) {
      expect(addressText(address)).to.equal('10.0.0.1:6');
      break;
    }
    expect(calls).to.deep.equal(['network', 'findPeer']);
  });

  it('begins where a provider answered before, without joining the network', async () => {
    const memory = memoryOf({ host: '10.0.0.4', port: 4 });
    const { book: peers, calls } = book({ findPeer: ['/ip4/10.0.0.1/tcp/6/tls/http'], memory });
    const addresses: string[] = [];
    for await (const address of peers.bulkAddresses(provider, {})) {
      addresses.push(addressText(address));
      if (addresses.length === 1) expect(calls).to.deep.equal([]);
    }
    expect(addresses).to.deep.equal(['10.0.0.4:4', '10.0.0.1:6', '127.0.0.1:2']);
  });

  it('goes on with other sources where a remembered address is among them, once', async () => {
    const memory = memoryOf({ host: '127.0.0.1', port: 2 });
    const addresses = await collect(book({ memory }).book.bulkAddresses(provider, {}));
    expect(addresses.map(addressText)).to.deep.equal(['127.0.0.1:2']);
  });

  it('remembers another address than before, and writes no known one again', () => {
    const memory = memoryOf({ host: '10.0.0.4', port: 4 });
    const { book: peers } = book({ memory });
    peers.remember(provider, { host: '10.0.0.4', port: 4 });
    expect(memory.written).to.deep.equal([]);
    peers.remember(provider, { host: '10.0.0.5', port: 4 });
    expect(memory.written).to.deep.equal(['10.0.0.5:4']);
  });

  it('serves on where nothing can be remembered', () => {
    const memory: AddressMemory = {
      bulkAddress: () => undefined,
      setBulkAddress: () => {
        throw new Error('the disk is full');
      },
    };
    expect(() => book({ memory }).book.remember(provider, { host: '10.0.0.5', port: 4 })).not.to.throw();
  });

  it('survives a provider that does not answer', async () => {
    const addresses = await collect(book({ terms: new Error('down') }).book.bulkAddresses(provider, {}));
    expect(addresses.map(addressText)).to.deep.equal(['127.0.0.1:2']);
  });

  it('stops with the reason it was given', async () => {
    const reason = new Error('ctrl-C');
    const caught = await collect(
      book({ findPeer: new Error('x') }).book.controlTargets(provider, { signal: AbortSignal.abort(reason) }),
    ).catch((error: unknown) => error);
    expect(caught).to.equal(reason);
  });

  it('ignores what is no address in the registry', () => {
    expect(controlAddresses(registered).map(String)).to.deep.equal(['/ip4/127.0.0.1/tcp/1']);
  });
});
