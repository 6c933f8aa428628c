import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';

import { isStowError, StowError } from '../../../node/core/errors.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { drain, failureOf, newIdentity, reusedUnits, startPair, startProxy, type Pair } from './fixtures.ts';

const MEBIBYTE = 1_048_576;
const BIG_UNITS = 1_024;
/** What both ends together may hold of 64 MiB: a window and some blocks, not the shard. */
const FLAT_BYTES = 40 * MEBIBYTE;

describe('bulk transport', function () {
  this.timeout(60_000);
  let pair: Pair;
  beforeEach(async () => {
    pair = await startPair({ units: BIG_UNITS });
  });
  afterEach(() => pair.stop());

  it('puts 64 MiB, byte for byte, from memory that the sender reuses, in whole units, with flat memory', async () => {
    const expected = createHash('sha256');
    for await (const chunk of reusedUnits(BIG_UNITS)) expected.update(chunk);
    const growth: number[] = [];
    const result = await pair.client.putShard(pair.peer, 'r1', watched(reusedUnits(BIG_UNITS), growth));
    expect(growth).to.have.length(8);
    expect(Math.max(...growth)).to.be.lessThan(FLAT_BYTES);
    expect(result.units).to.equal(BIG_UNITS);
    expect(Buffer.from(result.root).toString('hex')).to.equal(expected.digest('hex'));
    expect(pair.intake.blocks).to.equal(BIG_UNITS / 16);
  });

  it('knows the peer that puts', async () => {
    await pair.client.putShard(pair.peer, 'r1', reusedUnits(1));
    expect(pair.intake.peers.map(String)).to.deep.equal([pair.clientPeerId.toString()]);
  });

  it('gets 64 MiB, byte for byte, with flat memory', async () => {
    const expected = createHash('sha256');
    for (let unit = 0; unit < BIG_UNITS; unit++) expected.update(pair.source.unit(unit));
    const actual = createHash('sha256');
    const growth: number[] = [];
    for await (const block of watched(pair.client.readUnits(pair.peer, pair.source.root, 0, BIG_UNITS), growth)) {
      expect(block.byteLength % UNIT_BYTES).to.equal(0);
      actual.update(block);
    }
    expect(growth).to.have.length(8);
    expect(Math.max(...growth)).to.be.lessThan(FLAT_BYTES);
    expect(actual.digest('hex')).to.equal(expected.digest('hex'));
  });

  it('holds a sender back while the sink is slow', async () => {
    const gate = Promise.withResolvers<void>();
    pair.intake.gate = gate.promise;
    let produced = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of reusedUnits(2 * BIG_UNITS)) {
        produced += chunk.byteLength;
        yield chunk;
      }
    }
    const put = pair.client.putShard(pair.peer, 'r1', counted());
    let before = -1;
    while (produced !== before) {
      before = produced;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(produced).to.be.lessThan(64 * MEBIBYTE);
    gate.resolve();
    expect((await put).units).to.equal(2 * BIG_UNITS);
  });

  it('reads ranges and unit roots, several at once on one connection', async () => {
    const { client, peer, source } = pair;
    const ranges = [0, 1, 500, 1_023].map(async (from) => {
      const blocks: Uint8Array[] = [];
      for await (const block of client.readUnits(peer, source.root, from, 1)) blocks.push(block);
      return Buffer.compare(Buffer.concat(blocks), source.unit(from));
    });
    expect(await Promise.all(ranges)).to.deep.equal([0, 0, 0, 0]);
    expect(await client.unitRoots(peer, source.root, BIG_UNITS)).to.deep.equal(source.unitRootList);
  });

  it('refuses bodies that are empty, not whole units, or longer than reserved', async () => {
    const { client, peer, intake } = pair;
    expect((await failureOf(client.putShard(peer, 'r', reusedUnits(0)))).code).to.equal('transfer-empty');
    const ragged = (async function* () {
      yield new Uint8Array(UNIT_BYTES + 1);
    })();
    expect((await failureOf(client.putShard(peer, 'r', ragged))).code).to.equal('transfer-partial-unit');
    intake.maxBytes = 4 * UNIT_BYTES;
    const long = await failureOf(client.putShard(peer, 'r', reusedUnits(BIG_UNITS)));
    expect(long.code).to.equal('transfer-too-long');
    expect(long.message).to.include(peer.peerId.toString());
    expect(intake.aborted).to.have.length(3);
  });

  it('passes on what the intake and the source report', async () => {
    const { client, peer, source } = pair;
    const unknown = await failureOf(client.putShard(peer, 'unknown', reusedUnits(BIG_UNITS)));
    expect(unknown).to.include({ code: 'reservation-unknown', hint: 'reserve first', exitCode: 4 });
    const notHeld = await failureOf(drain(client.readUnits(peer, new Uint8Array(32), 0, 1)));
    expect(notHeld).to.include({ code: 'transfer-not-held', exitCode: 4 });
    const outside = await failureOf(drain(client.readUnits(peer, source.root, BIG_UNITS, 1)));
    expect(outside.code).to.equal('transfer-out-of-range');
  });

  it('reports a failing body as it is, and tells the intake', async () => {
    const broken = new Error('the disk of the client broke');
    async function* body(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(UNIT_BYTES);
      throw broken;
    }
    const outcome = await pair.client.putShard(pair.peer, 'r', body()).catch((error: unknown) => error);
    expect(outcome).to.equal(broken);
    await until(() => pair.intake.aborted.length === 1);
  });
});

describe('bulk transport cut short', function () {
  this.timeout(30_000);
  let pair: Pair;
  beforeEach(async () => {
    pair = await startPair({ units: BIG_UNITS });
  });
  afterEach(() => pair.stop());

  it('an upload aborted midway ends both sides and gives the connection back', async () => {
    const controller = new AbortController();
    const reason = new Error('ctrl-C');
    let sourceEnded = false;
    async function* body(): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of reusedUnits(100 * BIG_UNITS)) {
          if (pair.intake.blocks > 3) controller.abort(reason);
          yield chunk;
        }
      } finally {
        sourceEnded = true;
      }
    }
    const outcome = await pair.client
      .putShard(pair.peer, 'r', body(), { signal: controller.signal })
      .catch((error: unknown) => error);
    expect(outcome).to.equal(reason);
    await until(() => pair.intake.aborted.length === 1 && sourceEnded);
    expect((await pair.client.putShard(pair.peer, 'r', reusedUnits(1))).units).to.equal(1);
  });

  it('an upload whose body is stuck can be aborted', async () => {
    const body = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
    const controller = new AbortController();
    const upload = pair.client
      .putShard(pair.peer, 'r', body, { signal: controller.signal })
      .catch((error: unknown) => error);
    // Not before: an upload that never began would not be told to the intake.
    await until(() => pair.intake.peers.length === 1);
    const reason = new Error('ctrl-C');
    controller.abort(reason);
    expect(await upload).to.equal(reason);
    await until(() => pair.intake.aborted.length === 1);
  });

  it('a download aborted midway, or left, closes the file at the provider', async () => {
    const { client, peer, source } = pair;
    const controller = new AbortController();
    const reason = new Error('ctrl-C');
    const read = async (): Promise<void> => {
      let seen = 0;
      for await (const _block of client.readUnits(peer, source.root, 0, BIG_UNITS, { signal: controller.signal })) {
        if (++seen === 3) controller.abort(reason);
      }
    };
    expect(await read().catch((error: unknown) => error)).to.equal(reason);
    await until(() => source.closed === 1);
    for await (const _block of client.readUnits(peer, source.root, 0, BIG_UNITS)) break;
    await until(() => source.closed === 2);
    expect(await drain(client.readUnits(peer, source.root, 0, 2))).to.equal(2 * UNIT_BYTES);
  });

  it('an aborted signal stops a request before anything is sent', async () => {
    const reason = new Error('too late');
    const signal = AbortSignal.abort(reason);
    const outcome = await pair.client
      .putShard(pair.peer, 'r', reusedUnits(1), { signal })
      .catch((error: unknown) => error);
    expect(outcome).to.equal(reason);
    expect(pair.intake.peers).to.have.length(0);
  });

  it('a provider whose disk breaks midway gives a retryable error with its name and address', async () => {
    const { client, peer, source } = pair;
    source.beforeUnit = (unit) => {
      if (unit === 40) throw new Error('the disk broke');
    };
    const error = await failureOf(drain(client.readUnits(peer, source.root, 0, BIG_UNITS)));
    expect(error).to.include({ code: 'transfer-hangup', retryable: true });
    expect(error.message).to.include(peer.peerId.toString()).and.to.include(`127.0.0.1:${peer.address.port}`);
  });

  it('a provider killed midway gives a retryable error with its name and address, in both directions', async () => {
    const { client, source } = pair;
    const proxy = await startProxy(pair.peer.address);
    const peer = { ...pair.peer, address: { host: '127.0.0.1', port: proxy.port } };
    try {
      source.beforeUnit = (unit) => {
        if (unit === 40) proxy.cut();
      };
      async function* body(): AsyncGenerator<Uint8Array> {
        for await (const chunk of reusedUnits(100 * BIG_UNITS)) {
          yield chunk;
          if (pair.intake.blocks > 3) proxy.cut();
        }
      }
      const get = await failureOf(drain(client.readUnits(peer, source.root, 0, BIG_UNITS)));
      const put = await failureOf(client.putShard(peer, 'r', body()));
      for (const error of [get, put]) {
        expect(error).to.include({ code: 'transfer-hangup', retryable: true });
        expect(error.message).to.include(peer.peerId.toString()).and.to.include(`127.0.0.1:${proxy.port}`);
      }
      await until(() => pair.intake.aborted.length === 1 && source.closed === 1);
    } finally {
      await proxy.stop();
    }
  });

  it('a stopping server lets work in progress finish and refuses more', async () => {
    const { client, peer, source, server } = pair;
    const gate = Promise.withResolvers<void>();
    source.beforeUnit = (unit) => (unit === 8 ? gate.promise : undefined);
    const read = drain(client.readUnits(peer, source.root, 0, 16));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const stopped = server.stop();
    const late = await failureOf(client.putShard(peer, 'r', reusedUnits(1)));
    expect(late.retryable).to.equal(true);
    gate.resolve();
    expect(await read).to.equal(16 * UNIT_BYTES);
    await stopped;
  });
});

describe('bulk identities', function () {
  this.timeout(30_000);
  let pair: Pair;
  beforeEach(async () => {
    pair = await startPair();
  });
  afterEach(() => pair.stop());

  it('refuses a server that is another peer than expected, before sending anything', async () => {
    const expected = newIdentity().peerId;
    const error = await failureOf(pair.client.putShard({ ...pair.peer, peerId: expected }, 'r', reusedUnits(1)));
    expect(error).to.include({ code: 'transfer-wrong-peer', exitCode: 7, retryable: false });
    expect(error.message).to.include(expected.toString()).and.to.include(pair.peer.peerId.toString());
    expect(pair.intake.peers).to.have.length(0);
  });

  it('says so when nobody listens, and when something else does', async () => {
    const other = createServer((socket) => socket.resume().end('SSH-2.0-hello\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const foreign = await failureOf(
      pair.client.putShard({ ...pair.peer, address: { host: '127.0.0.1', port } }, 'r', reusedUnits(1)),
    );
    expect(foreign.code).to.equal('transfer-unreachable');
    await new Promise((resolve) => other.close(resolve));
    const nobody = await failureOf(
      pair.client.putShard({ ...pair.peer, address: { host: '127.0.0.1', port } }, 'r', reusedUnits(1)),
    );
    expect(nobody).to.include({ code: 'transfer-unreachable', retryable: true });
    expect(nobody.message).to.include(`127.0.0.1:${port}`);
  });

  it('never dials an address out of reach', async () => {
    for (const host of ['8.8.8.8', '169.254.169.254', '::ffff:8.8.8.8']) {
      const error = await failureOf(
        pair.client.putShard({ ...pair.peer, address: { host, port: 80 } }, 'r', reusedUnits(1)),
      );
      expect(error.code).to.equal('transfer-address-refused');
    }
  });

  it('says which port is taken', async () => {
    const second = await startPair();
    await second.stop();
    const error = await failureOf(second.server.start(pair.peer.address));
    expect(error.code).to.equal('network-port-taken');
    expect(error.message).to.include(String(pair.peer.address.port));
  });

  it('serves reads only as the authorizer says', async () => {
    const seen: unknown[] = [];
    const guarded = await startPair({
      authorize: ({ ticket, from, count, remotePeer }) => {
        seen.push([ticket, from, count, remotePeer.toString()]);
        if (ticket === 'good') return Promise.resolve({ wallet: undefined, isExempt: false });
        const init = { code: 'ticket-refused', message: 'the ticket is not for this shard', hint: 'sign a new ticket' };
        return Promise.reject(new StowError(init));
      },
    });
    const { client, peer, source, clientPeerId } = guarded;
    try {
      expect(await drain(client.readUnits(peer, source.root, 1, 2, { ticket: 'good' }))).to.equal(2 * UNIT_BYTES);
      const refused = await failureOf(client.unitRoots(peer, source.root, 16));
      expect(isStowError(refused, 'ticket-refused')).to.equal(true);
      const id = clientPeerId.toString();
      expect(seen).to.deep.equal([
        ['good', 1, 2, id],
        [undefined, 0, 0, id],
      ]);
    } finally {
      await guarded.stop();
    }
  });

  it('serves one reader so many reads at once, and others meanwhile', async () => {
    const limited = await startPair({
      maxReadsPerReader: 2,
      authorize: ({ ticket }) => Promise.resolve({ wallet: ticket as `0x${string}` | undefined, isExempt: false }),
    });
    const { client, peer, source } = limited;
    const read = async (ticket?: string): Promise<number> =>
      drain(client.readUnits(peer, source.root, 0, 1, { ticket }));
    const held = Promise.withResolvers<void>();
    const begun: number[] = [];
    source.beforeUnit = async (unit) => {
      begun.push(unit);
      await held.promise;
    };
    const untilBegun = async (count: number): Promise<void> => {
      while (begun.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    try {
      const first = [read('0xa'), read('0xa')];
      await untilBegun(2);
      const refused = await failureOf(read('0xa'));
      expect([refused.code, refused.retryable]).to.deep.equal(['provider-busy', true]);
      const others = [read('0xb'), read(), read()];
      await untilBegun(5);
      expect((await failureOf(read())).code).to.equal('provider-busy');
      held.resolve();
      expect(await Promise.all([...first, ...others])).to.deep.equal(Array.from({ length: 5 }, () => UNIT_BYTES));
      expect(await read('0xa')).to.equal(UNIT_BYTES);
    } finally {
      held.resolve();
      await limited.stop();
    }
  });
});

/** Live memory outside the JavaScript heap, garbage not counted. */
function liveBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

/** Passes chunks on and, every 8 MiB, tells how much live memory has grown since the first. */
async function* watched(chunks: AsyncIterable<Uint8Array>, growth: number[]): AsyncGenerator<Uint8Array> {
  const start = liveBytes();
  let passed = 0;
  for await (const chunk of chunks) {
    yield chunk;
    passed += chunk.byteLength;
    if (passed % (8 * MEBIBYTE) === 0) growth.push(liveBytes() - start);
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
