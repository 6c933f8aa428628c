import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';

import { isStowError } from '../../../node/core/errors.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { ProgressGuard } from '../../../node/transfer/progress-guard.ts';
import { drain, failureOf, reusedUnits, startPair, type Pair } from './fixtures.ts';

const UNITS = 1_024;
/** Short, so that the tests need not wait for the real half minute; long enough for a busy machine to move a unit. */
const PROGRESS = { windowMs: 700, minBytes: 1 };

describe('peers that stall', function () {
  this.timeout(30_000);
  let pair: Pair;
  beforeEach(async () => {
    pair = await startPair({ units: UNITS, progress: PROGRESS });
  });
  afterEach(() => pair.stop());

  it('an upload that stops arriving is cut off and its sink told, while another goes on', async () => {
    const stuck = Promise.withResolvers<void>();
    async function* slowBody(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(UNIT_BYTES);
      await stuck.promise;
    }
    const slow = failureOf(pair.client.putShard(pair.peer, 'slow', slowBody()));
    expect((await pair.client.putShard(pair.peer, 'honest', reusedUnits(8))).units).to.equal(8);
    const error = await slow;
    expect(error.retryable).to.equal(true);
    expect(pair.intake.aborted.some((reason) => isStowError(reason, 'transfer-stalled'))).to.equal(true);
    stuck.resolve();
  });

  it('a reader that stops taking bytes is cut off and the file closed', async () => {
    const blocks = pair.client.readUnits(pair.peer, pair.source.root, 0, UNITS);
    await blocks.next();
    while (pair.source.closed === 0) await delay(50);
    const error = await failureOf(drain(blocks));
    expect(error).to.include({ code: 'transfer-hangup', retryable: true });
  });

  it('a provider that stops sending is given up by the client', async () => {
    const stuck = Promise.withResolvers<void>();
    pair.source.beforeUnit = (unit) => (unit === 8 ? stuck.promise : undefined);
    const error = await failureOf(drain(pair.client.readUnits(pair.peer, pair.source.root, 0, 16)));
    expect(error).to.include({ code: 'transfer-stalled', retryable: true });
    expect(error.message).to.include(pair.peer.peerId.toString());
    stuck.resolve();
  });

  it('our own slow disk does not count against the sender', async () => {
    pair.intake.gate = delay(3 * PROGRESS.windowMs);
    const small = reusedUnits(8);
    expect((await pair.client.putShard(pair.peer, 'r', small)).units).to.equal(8);
  });

  it('our own slow consumer does not count against the provider', async () => {
    let bytes = 0;
    for await (const block of pair.client.readUnits(pair.peer, pair.source.root, 0, 8)) {
      if (bytes === 0) await delay(3 * PROGRESS.windowMs);
      bytes += block.byteLength;
    }
    expect(bytes).to.equal(8 * UNIT_BYTES);
  });
});

describe('ProgressGuard', () => {
  it('fires once for a peer that moves too little, and not while paused or stopped', async () => {
    let stalls = 0;
    const make = (): ProgressGuard => new ProgressGuard({ windowMs: 20, minBytes: 10, onStall: () => stalls++ });
    const paused = make();
    paused.pause();
    const stopped = make();
    stopped.stop();
    await delay(100);
    expect(stalls).to.equal(0);
    paused.resume();
    paused.add(9);
    await delay(100);
    expect(stalls).to.equal(1);
  });
});
