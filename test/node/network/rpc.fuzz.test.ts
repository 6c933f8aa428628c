import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { z } from 'zod';
import type { Stream } from '@libp2p/interface';

import { isStowError } from '../../../node/core/errors.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { decodeCbor, encodeCbor } from '../../../node/core/cbor.ts';
import type { Host } from '../../../node/network/host.ts';
import { Rpc } from '../../../node/network/rpc.ts';
import { HostPool } from './hosts.ts';

const PROTOCOL = '/stowmarket/test-fuzz/1.0.0';
const MAX_BYTES = 8_192;
const MEBIBYTE = 1_048_576;
/** Growth that hostile frames may cause: the codec's and the collector's slack, nothing near the lengths they claim. */
const MAX_GROWTH_BYTES = 64 * MEBIBYTE;
const FRAMES = 300;

/** Length prefixes that claim up to 2^63 bytes, unfinished and overlong ones, and plain garbage. */
const hostileFrame = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.constant(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)),
  fc.constant(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80)),
  fc.constant(Uint8Array.of(0x81, 0x40, 0x00)),
  fc.constant(Uint8Array.of(0x00)),
  fc
    .tuple(fc.integer({ min: 1, max: 127 }), fc.uint8Array({ maxLength: 200 }))
    .map(([n, body]) => Uint8Array.of(n, ...body)),
  fc.constant(new Uint8Array(2 * MAX_BYTES).fill(0x9b)),
  fc.constant(Uint8Array.of(0x80, 0x40, ...new Uint8Array(MAX_BYTES).fill(0x81))),
);

describe('Rpc under hostile frames', function () {
  this.timeout(120_000);
  const pool = new HostPool();
  let server: Host;
  let attacker: Host;

  before(async () => {
    server = await pool.start();
    const rpc = new Rpc({ host: server, logger: silentLogger });
    const schema = z.strictObject({ n: z.int() });
    await rpc.handle(PROTOCOL, { maxRequestBytes: MAX_BYTES, schema, handler: (request) => Promise.resolve(request) });
    attacker = await pool.start({ mode: 'client' });
    await attacker.dial(server.getMultiaddrs());
  });
  after(() => pool.stopAll());

  async function honestCall(): Promise<unknown> {
    const rpc = new Rpc({ host: attacker, logger: silentLogger });
    return rpc.call(
      server.peerId,
      PROTOCOL,
      { n: 1 },
      { maxResponseBytes: 100, schema: z.strictObject({ n: z.int() }) },
    );
  }

  /** Sends raw bytes, closes, and waits until the server has closed its side too. */
  async function attack(bytes: Uint8Array): Promise<void> {
    const stream: Stream = await attacker.dialProtocol(server.peerId, PROTOCOL);
    const closed = once(stream, 'close');
    stream.addEventListener('message', () => undefined);
    try {
      stream.send(bytes);
      await stream.close();
    } catch {
      // The server may have reset the stream already, which is an answer as well.
    }
    await closed;
  }

  it('each stream ends, nothing is allocated for claimed lengths, and an honest peer is still served', async () => {
    await attack(Uint8Array.of(0));
    const before = process.memoryUsage();
    await fc.assert(fc.asyncProperty(hostileFrame, attack), { numRuns: FRAMES });
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).to.be.lessThan(MAX_GROWTH_BYTES);
    expect(after.rss - before.rss).to.be.lessThan(2 * MAX_GROWTH_BYTES);
    expect(await honestCall()).to.deep.equal({ n: 1 });
  });

  it('a sender that stalls in the middle of a request is cut off while others are served', async () => {
    const stream = await attacker.dialProtocol(server.peerId, PROTOCOL);
    const closed = once(stream, 'close');
    stream.send(Uint8Array.of(100, 1, 2, 3));
    await delay(100);
    expect(await honestCall()).to.deep.equal({ n: 1 });
    await closed;
    expect(stream.status).to.be.oneOf(['reset', 'closed', 'aborted']);
  });

  it('the codec takes any bytes: a value that encodes back to them, or bad-cbor', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.anything({ withDate: false }).map(encodeOrGarbage));
    const property = fc.property(bytes, (input) => {
      try {
        expect([...encodeCbor(decodeCbor(input))]).to.deep.equal([...input]);
      } catch (error) {
        if (!isStowError(error, 'bad-cbor')) throw error;
      }
    });
    fc.assert(property, { numRuns: 20_000 });
  });
});

function encodeOrGarbage(value: unknown): Uint8Array {
  try {
    return encodeCbor(value);
  } catch {
    return Uint8Array.of(0x5f);
  }
}
