import { expect } from 'chai';

import type { ShardPlan, RetenderPlan } from '../../../../node/client/retender/plan-retender.ts';
import { carryOutPlan, type RetenderComponents } from '../../../../node/client/retender/retender-object.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { fakeMarket, fakeProviders } from '../support/fake-market.ts';
import { FakeProviders } from '../support/fake-providers.ts';
import { agreementRow, CLIENT, keyOf } from '../support/rows.ts';

const KEY = keyOf(3);

describe('carrying out a re-tender', () => {
  let sent: string[];
  let refused: Set<bigint>;

  beforeEach(() => {
    sent = [];
    refused = new Set();
  });

  function call(what: string, id: bigint): void {
    if (refused.has(id)) throw new StowError({ code: 'tx-refused', message: `the chain refused ${what} ${id}` });
    sent.push(`${what} ${id}`);
  }

  function components(): RetenderComponents {
    const providers = new FakeProviders();
    return {
      market: fakeMarket(fakeProviders(6)),
      control: providers,
      uploader: providers,
      access: providers,
      providersOf: async () => new Map(fakeProviders(6).map((provider) => [provider.id, provider])),
      bring: async () => undefined,
      end: async (id) => call('end', id),
      form: async () => expect.fail('no bytes can be had, so nothing is formed'),
      topUp: async (id, periods, askId) => call(`top up by ${periods} under ask ${askId}`, id),
      giveNotice: async (id) => call('notice', id),
      owner: { address: CLIENT, publicKey: new Uint8Array(32), privateKey: new Uint8Array(32) },
      logger: silentLogger,
    };
  }

  const shard = (index: number, step: ShardPlan['step']): ShardPlan => ({
    row: agreementRow(KEY, index, { id: BigInt(index + 1) }),
    step,
    comparison: undefined,
    place: undefined,
  });

  const planOf = (...shards: ShardPlan[]): RetenderPlan => ({
    shards,
    movePeriods: 30,
    keep: 0n,
    move: 0n,
    saving: 0n,
  });

  function init(plan: RetenderPlan, signal: AbortSignal): Parameters<typeof carryOutPlan>[2] {
    return { objectKey: KEY, plainBytes: 100_000, agreements: plan.shards.map(({ row }) => row), k: 1, n: 5, signal };
  }

  it('renews, then gives notice; what is kept, queued or waits costs nothing; what fails does not keep the others', async () => {
    const plan = planOf(
      shard(0, { action: 'notice' }),
      shard(1, { action: 'renew', until: 'turn', periods: 2, askId: 7n }),
      shard(2, { action: 'renew', until: 'term', periods: 90, askId: 8n }),
      shard(3, { action: 'notice' }),
      shard(4, { action: 'queue' }),
      shard(5, { action: 'wait', untilPeriod: 9, atRisk: false }),
      shard(6, { action: 'keep' }),
      shard(7, { action: 'stuck', reason: 'nobody takes it' }),
    );
    refused.add(3n).add(4n);
    const result = await carryOutPlan(components(), plan, init(plan, new AbortController().signal));
    expect(sent).to.deep.equal(['top up by 2 under ask 7 2', 'notice 1']);
    expect(result).to.deep.include({ moved: [], paid: 0n, transactions: [], renewed: [2n], noticed: [1n] });
    expect(result.failed.map(({ row, reason }) => [row.id, reason])).to.deep.equal([
      [3n, 'the chain refused top up by 90 under ask 8 3'],
      [4n, 'the chain refused notice 4'],
    ]);
  });

  it('tells of a move that came to nothing, and goes on with the rest', async () => {
    const plan = planOf(
      shard(0, { action: 'move' }),
      shard(1, { action: 'renew', until: 'term', periods: 9, askId: 1n }),
    );
    const result = await carryOutPlan(components(), plan, init(plan, new AbortController().signal));
    expect(result.failed.map(({ row }) => row.id)).to.deep.equal([1n]);
    expect(sent).to.deep.equal(['top up by 9 under ask 1 2']);
  });

  it('sends nothing more once it is stopped', async () => {
    const plan = planOf(shard(0, { action: 'notice' }));
    const stopped = AbortSignal.abort(new Error('stopped by SIGINT'));
    await carryOutPlan(components(), plan, init(plan, stopped)).then(
      () => expect.fail('it goes on'),
      (error: unknown) => expect(error).to.equal(stopped.reason),
    );
    expect(sent).to.deep.equal([]);
  });
});
