import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { withBitswap } from '@helia/bitswap';
import { withLibp2pLight } from '@helia/libp2p';
import { unixfs } from '@helia/unixfs';
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createHeliaLight } from 'helia';
import { CID } from 'multiformats/cid';
import { runPeer, sinkOf } from './peer.mjs';

/** Bitswap alone, over TCP, Noise and yamux; blocks in memory, which spares the library its disk. */
async function node(listen) {
  const libp2p = {
    addresses: { listen },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
  };
  const helia = withBitswap(withLibp2pLight(createHeliaLight(), libp2p));
  await helia.start();
  return helia;
}

runPeer({
  async source(path) {
    const helia = await node(['/ip4/127.0.0.1/tcp/0']);
    const cid = await unixfs(helia).addByteStream(createReadStream(path, { highWaterMark: 1_048_576 }));
    return { cid: cid.toString(), at: helia.libp2p.getMultiaddrs().map(String)[0] };
  },
  async get({ cid, at }, target) {
    const helia = await node([]);
    try {
      await helia.libp2p.dial(multiaddr(at));
      await pipeline(unixfs(helia).cat(CID.parse(cid)), sinkOf(target));
    } finally {
      await helia.stop();
    }
  },
});
