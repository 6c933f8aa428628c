import { expect } from 'chai';

import type { Draw } from '../../../node/chain/records.ts';
import { StowError } from '../../../node/core/errors.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { Prover, type ProverComponents, type ProverInit } from '../../../node/provider/prover.ts';
import { draw, duty, FakeChainClock, instantClock, settle } from './fakes.ts';

/** A chain that takes one proof per period, and a disk whose shards can be lost. */
class World {
  readonly clock = new FakeChainClock(10);
  readonly lost = new Set<bigint>();
  /** Of these, those that are on their way. */
  readonly rebuilding = new Set<bigint>();
  readonly conceded: bigint[] = [];
  readonly sent: { period: number; bytes: number }[] = [];
  readonly events: string[] = [];
  readonly facts = new Map<string, string>();
  readonly provenPeriods = new Set<number>();
  units = 5;
  pending = 0;
  healthy = true;
  maintenance: { fromPeriod: number; untilPeriod: number; lastFrom: number } | undefined;
  /** What `prove` does next, in place of succeeding. */
  failures: (() => Error | Promise<never>)[] = [];
  agreements = [1n, 2n];

  prover(init: Partial<ProverInit> = {}): Prover {
    return new Prover(this.components(), { provider: 7, concede: 'auto', ...init });
  }

  components(): ProverComponents {
    const note = (what: string) => (period: number | bigint) => void this.events.push(`${what} ${period}`);
    return {
      chain: {
        duty: async () => duty({ units: this.units, maintained: this.maintenance !== undefined }),
        draws: async () => this.agreements.map((id) => draw(id, 0n, this.conceded.includes(id))),
        maintenance: async () => this.maintenance,
        isProven: async (period) => this.provenPeriods.has(period),
        pendingTransactions: async () => this.pending,
        prove: async (period, proof, signal) => {
          const failure = this.failures.shift();
          this.sent.push({ period, bytes: proof.byteLength });
          if (failure !== undefined) throw await Promise.race([failure(), whenAborted(signal)]);
          if (this.provenPeriods.has(period))
            throw new StowError({ code: 'possession-proofs-already-proven', message: '' });
          this.provenPeriods.add(period);
          return {} as never;
        },
        concede: async (id) => {
          this.conceded.push(id);
          return {} as never;
        },
      },
      chainClock: this.clock,
      leaves: {
        open: async ({ agreement }: Draw) => (this.lost.has(agreement) ? undefined : new Uint8Array(384)),
        requireHealthy: async () => {
          if (!this.healthy) throw new StowError({ code: 'store-unhealthy', message: '' });
        },
      },
      isRebuilding: (root) => [...this.rebuilding].some((id) => draw(id, 0n).root === root),
      facts: { get: (name) => this.facts.get(name), set: (name, value) => void this.facts.set(name, value) },
      events: {
        proven: note('proven'),
        idle: note('idle'),
        unproven: note('unproven'),
        conceded: note('conceded'),
        failed: () => void this.events.push('failed'),
      },
      clock: instantClock,
      logger: silentLogger,
    };
  }
}

async function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => reject(new Error('aborted')));
  return promise;
}

describe('Prover', () => {
  let world: World;
  let prover: Prover;
  beforeEach(() => (world = new World()));
  afterEach(async () => prover.stop());

  it('proves every period once, after its opening block and within the first third', async () => {
    prover = world.prover();
    prover.start();
    await settle();
    expect(world.sent, 'nothing in the opening block').to.deep.equal([]);
    await world.clock.mineTo(13);
    expect(world.sent.map(({ period }) => period)).to.deep.equal([1]);
    await world.clock.mineTo(43);
    expect(world.sent.map(({ period }) => period)).to.deep.equal([1, 2, 3, 4]);
    expect(world.events).to.deep.equal(['proven 1', 'proven 2', 'proven 3', 'proven 4']);
    expect(prover.duePeriod).to.equal(undefined);
  });

  it('concatenates the leaves in the order of the draws', async () => {
    prover = world.prover();
    prover.start();
    await world.clock.mineTo(13);
    expect(world.sent[0]?.bytes).to.equal(2 * 384);
  });

  it('sends nothing when nothing was stored as the period opened', async () => {
    world.units = 0;
    prover = world.prover();
    prover.start();
    await world.clock.mineTo(19);
    expect(world.sent).to.deep.equal([]);
    expect(world.events).to.deep.equal(['idle 1']);
  });

  it('does not send again what the chain shows as proven', async () => {
    world.provenPeriods.add(1);
    prover = world.prover();
    prover.start();
    await world.clock.mineTo(19);
    expect(world.sent).to.deep.equal([]);
  });

  it('tries again with growing pauses until it lands', async () => {
    world.failures = [() => new Error('no answer'), () => new Error('no answer')];
    prover = world.prover();
    prover.start();
    await world.clock.mineTo(19);
    expect(world.events).to.deep.equal(['failed', 'failed', 'proven 1']);
  });

  it('waits for a shard that is being rebuilt, without a failure, and admits its loss in the last third only', async () => {
    world.lost.add(1n);
    world.rebuilding.add(1n);
    prover = world.prover();
    prover.start();
    await world.clock.mineTo(15);
    expect([world.sent, world.conceded, world.events]).to.deep.equal([[], [], []]);
    world.lost.delete(1n);
    await world.clock.mineTo(16);
    expect(world.events).to.deep.equal(['proven 1']);

    world.lost.add(1n);
    await world.clock.mineTo(25);
    expect(world.conceded).to.deep.equal([]);
    await world.clock.mineTo(29);
    expect(world.conceded).to.deep.equal([1n]);
    expect(world.events).to.include('proven 2');
  });

  it('notes the attempt before it is sent, and waits for a proof of an earlier run', async () => {
    world.facts.set('proof-sent', '1');
    world.pending = 1;
    prover = world.prover();
    prover.start();
    await world.clock.mineTo(14);
    expect(world.sent).to.deep.equal([]);
    world.pending = 0;
    world.provenPeriods.add(1);
    await world.clock.mineTo(19);
    expect(world.sent).to.deep.equal([]);
    expect(world.events.at(-1)).to.equal('proven 1');
  });

  it('sends once more late in the period when the earlier transaction is still nowhere', async () => {
    world.facts.set('proof-sent', '1');
    world.pending = 1;
    prover = world.prover();
    prover.start();
    await world.clock.mineTo(19);
    expect(world.sent.length).to.equal(1);
    expect(world.facts.get('proof-sent')).to.equal('1');
  });

  it('gives a proof up when its period ends, and goes on with the next', async () => {
    world.failures = [async () => new Promise<never>(() => undefined)];
    prover = world.prover();
    prover.start();
    await world.clock.mineTo(24);
    expect(world.sent.map(({ period }) => period)).to.deep.equal([1, 2]);
    expect(world.events).to.include.members(['unproven 1', 'proven 2']);
  });

  it('concedes a lost shard and proves the rest in the same period', async () => {
    world.lost.add(2n);
    prover = world.prover();
    prover.start();
    await world.clock.mineTo(19);
    expect(world.conceded).to.deep.equal([2n]);
    expect(world.sent).to.deep.equal([{ period: 1, bytes: 384 }]);
    expect(world.events).to.deep.equal(['conceded 2', 'proven 1']);
  });

  it('concedes nothing that can be read at the second look', async () => {
    world.lost.add(2n);
    const components = world.components();
    const clock = { ...instantClock, sleep: async () => world.lost.clear() };
    prover = new Prover({ ...components, clock }, { provider: 7, concede: 'auto' });
    prover.start();
    await world.clock.mineTo(19);
    expect(world.conceded).to.deep.equal([]);
    expect(world.sent).to.deep.equal([{ period: 1, bytes: 768 }]);
  });

  it('concedes nothing when told never to, and nothing while the whole disk is in doubt', async () => {
    world.lost.add(2n);
    prover = world.prover({ concede: 'never' });
    prover.start();
    await world.clock.mineTo(19);
    await prover.stop();
    world.healthy = false;
    prover = world.prover();
    prover.start();
    await world.clock.mineTo(29);
    expect(world.conceded).to.deep.equal([]);
    expect(world.sent).to.deep.equal([]);
    expect(world.events).to.include('unproven 1');
  });

  it('takes a period in declared maintenance as it comes: tries, concedes nothing, and calls its end no miss', async () => {
    world.maintenance = { fromPeriod: 1, untilPeriod: 2, lastFrom: 0 };
    world.lost.add(2n);
    prover = world.prover();
    prover.start();
    await world.clock.mineTo(20);
    expect(world.conceded).to.deep.equal([]);
    expect(world.events).to.deep.equal(['idle 1']);
    await world.clock.mineTo(25);
    expect(world.conceded, 'after it, as always').to.deep.equal([2n]);
    expect(world.events).to.deep.equal(['idle 1', 'conceded 2', 'proven 2']);
  });

  it('proves a period in declared maintenance when it can', async () => {
    world.maintenance = { fromPeriod: 1, untilPeriod: 4, lastFrom: 0 };
    prover = world.prover();
    prover.start();
    await world.clock.mineTo(23);
    expect(world.events).to.deep.equal(['proven 1', 'proven 2']);
  });

  it('stops in the middle of an attempt', async () => {
    world.failures = [async () => new Promise<never>(() => undefined)];
    prover = world.prover();
    prover.start();
    await world.clock.mineTo(13);
    await prover.stop();
    expect(world.events).to.deep.equal([]);
  });
});
