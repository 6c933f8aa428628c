import { createReadStream, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import Hypercore from 'hypercore';
import { runPeer, sinkOf } from './peer.mjs';

/** What drives made of hypercores cut their files into. */
const BLOCK_BYTES = 65_536;
/** Appended at once, so that not every block is a transaction. */
const BATCH_BLOCKS = 64;

const newFolder = async () => mkdtemp(join(tmpdir(), 'stowmarket-bench-hypercore-'));

runPeer({
  async source(path) {
    const folder = await newFolder();
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const core = new Hypercore(folder);
    await core.ready();
    const batch = [];
    for await (const block of createReadStream(path, { highWaterMark: BLOCK_BYTES })) {
      if (batch.push(block) === BATCH_BLOCKS) await core.append(batch.splice(0));
    }
    if (batch.length > 0) await core.append(batch);
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      const stream = core.replicate(false, { live: true });
      stream.on('error', () => undefined);
      socket.pipe(stream).pipe(socket);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { key: core.key.toString('hex'), port: server.address().port, length: core.length };
  },
  async get({ key, port, length }, target) {
    const folder = await newFolder();
    const core = new Hypercore(folder, Buffer.from(key, 'hex'));
    await core.ready();
    const socket = connect(port, '127.0.0.1');
    const stream = core.replicate(true, { live: true });
    socket.on('error', () => undefined);
    stream.on('error', () => undefined);
    socket.pipe(stream).pipe(socket);
    const download = core.download({ start: 0, end: length, linear: true });
    try {
      const blocks = async function* () {
        for (let index = 0; index < length; index++) yield await core.get(index);
      };
      await pipeline(blocks, sinkOf(target));
    } finally {
      download.destroy();
      socket.destroy();
      await core.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
});
