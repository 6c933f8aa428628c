import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { registerHooks } from 'node:module';
import { runPeer } from './peer.mjs';

// WebRTC, which nothing here uses, would need a compiler.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'webrtc-polyfill'
      ? {
          url: 'data:text/javascript,export class RTCPeerConnection {} export class RTCSessionDescription {} export class RTCIceCandidate {}',
          shortCircuit: true,
        }
      : next(specifier, context),
});
const { default: WebTorrent } = await import('webtorrent');

/** Keeps nothing of what was checked: as a chunk store (abstract-chunk-store) that has nothing, and takes everything. */
class NoStore {
  constructor(chunkLength) {
    this.chunkLength = chunkLength;
  }
  put(_index, _chunk, done) {
    queueMicrotask(() => done(null));
  }
  get(_index, options, done = options) {
    queueMicrotask(() => done(new Error('nothing is kept')));
  }
  close(done) {
    queueMicrotask(() => done(null));
  }
  destroy(done) {
    queueMicrotask(() => done(null));
  }
}

/** TCP alone between two addresses that know each other: no DHT, no trackers, no discovery. */
const newClient = () =>
  new WebTorrent({ dht: false, tracker: false, lsd: false, utPex: false, natUpnp: false, natPmp: false, utp: false });

runPeer({
  async source(path) {
    const client = newClient();
    const torrent = await new Promise((resolve) => client.seed(path, { announceList: [] }, resolve));
    return {
      torrent: Buffer.from(torrent.torrentFile).toString('base64'),
      port: client.torrentPort,
      name: basename(path),
    };
  },
  async get({ torrent, port, name }, target) {
    const folder = await mkdtemp(join(tmpdir(), 'stowmarket-bench-webtorrent-'));
    const client = newClient();
    try {
      await new Promise((resolve, reject) => {
        client.on('error', reject);
        const added = client.add(Buffer.from(torrent, 'base64'), {
          path: folder,
          announce: [],
          ...(target === undefined ? { store: NoStore } : {}),
        });
        added.on('ready', () => added.addPeer(`127.0.0.1:${port}`));
        added.on('done', resolve);
      });
      if (target !== undefined) await rename(join(folder, name), target);
    } finally {
      await new Promise((resolve) => client.destroy(resolve));
      await rm(folder, { recursive: true, force: true });
    }
  },
});
