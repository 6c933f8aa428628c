import { expect } from 'chai';

import type { PlannedObject } from '../../../node/cli/retender.ts';
import { retenderLines, retenderRecord, retenderWarnings } from '../../../node/cli/retender-view.ts';
import type { ShardPlan, ShardStep } from '../../../node/client/retender/plan-retender.ts';
import type { RetenderResult } from '../../../node/client/retender/retender-object.ts';
import { agreementRow, keyOf } from '../client/support/rows.ts';

const KEY = keyOf(4);
const TOKEN = 10n ** 18n;
const NOW = 95;

/** Keeping costs 10 tokens, moving 6: 5.5 of rent, 0.4 of burn, 0.1 of gas. */
const COMPARISON = {
  periods: 40,
  keep: { rent: 10n * TOKEN, burn: 0n, gas: 0n, total: 10n * TOKEN },
  move: { rent: (55n * TOKEN) / 10n, burn: (4n * TOKEN) / 10n, gas: TOKEN / 10n, total: 6n * TOKEN },
  saving: 4n * TOKEN,
};

function shard(index: number, step: ShardStep, isCompared = false): ShardPlan {
  // Ends in period 100.
  const row = agreementRow(KEY, index, { pricePerUnitPeriod: TOKEN / 16_384n });
  const place = { provider: 11 + index, operator: '0x1', pricePerUnitPeriod: TOKEN / 32_768n };
  return isCompared
    ? { row, step, place, comparison: COMPARISON }
    : { row, step, place: undefined, comparison: undefined };
}

function planned(shards: ShardPlan[], deposit = 100n * TOKEN): PlannedObject {
  const entry = {
    objectKey: KEY,
    name: 'a/b',
    kind: 'file',
    plainBytes: 9,
    k: 4,
    n: 6,
    state: 'stored',
    storedAt: 1,
  } as const;
  const agreements = shards.map(({ row }) => row);
  return {
    object: { objectKey: KEY, entry, agreements, state: 'live', endPeriod: 100 },
    wanted: { objectKey: KEY, plainBytes: 9, units: 3, k: 4, n: 6 },
    plan: { shards, movePeriods: 40, keep: 10n * TOKEN, move: 6n * TOKEN, saving: 4n * TOKEN },
    moment: {
      period: NOW,
      noticePeriods: 7,
      costs: { market: { burnBps: 200n, holdbackBps: 0n }, gasPrice: 1n, tokensPerCoin: undefined },
    },
    deposit,
  };
}

const NOTHING: RetenderResult = { moved: [], paid: 0n, transactions: [], renewed: [], noticed: [], failed: [] };
const OLD_PRICE = '1 tokens a GiB and period';

describe('what is said of a re-tender', () => {
  const steps: [ShardStep, string, string][] = [
    [{ action: 'notice' }, 'notice would be given', 'notice'],
    [{ action: 'queue' }, 'moves once others have moved', 'moves once others have moved'],
    [
      { action: 'wait', untilPeriod: 100, atRisk: false },
      'ends in period 100, and moves then',
      'ends in period 100, and moves then',
    ],
  ];
  for (const [step, plan, deed] of steps) {
    it(`of a shard with the step ${step.action}: the provider that asks less, and what that saves`, () => {
      const given = planned([shard(0, step, true)]);
      const better = `; provider 11 asks 0.5 tokens a GiB and period, which saves 4 tokens (40%) over 40 periods`;
      const total = '  moving saves 4 tokens (40%) of the 10 tokens that keeping costs';
      expect(retenderLines(given, undefined)).to.deep.equal([
        'a/b: nothing was sent (--dry-run)',
        `  shard 0, provider 1 at ${OLD_PRICE}: ${plan}${better}`,
        total,
      ]);
      expect(retenderLines(given, NOTHING)).to.deep.equal([
        'a/b:',
        `  shard 0, provider 1 at ${OLD_PRICE}: ${deed}${better}`,
        total,
      ]);
    });
  }

  it('is nothing of an object that stays as it is', () => {
    expect(retenderLines(planned([shard(0, { action: 'keep' })]), NOTHING)).to.deep.equal([]);
    expect(retenderWarnings(planned([shard(0, { action: 'keep' })]), NOTHING)).to.deep.equal([]);
  });

  it('tells renewals for a term from those until a turn, and what moved from what failed', () => {
    const given = planned([
      shard(0, { action: 'renew', until: 'term', periods: 90, askId: 1n }),
      shard(1, { action: 'renew', until: 'turn', periods: 2, askId: 1n }),
      shard(2, { action: 'move' }),
      shard(3, { action: 'move' }),
    ]);
    const { row: from } = given.plan.shards[2]!;
    const agreement = {
      provider: 13,
      shardIndex: 2,
      periods: 40,
      pricePerUnitPeriod: TOKEN / 32_768n,
    } as RetenderResult['moved'][number]['agreement'];
    const failed = [{ row: given.plan.shards[3]!.row, reason: 'nobody takes it' }];
    const done = { ...NOTHING, moved: [{ from, agreement, rebuilt: 'it hung up' }], paid: 5n, failed };
    expect(retenderLines(given, done).slice(1, 3)).to.deep.equal([
      `  shard 0, provider 1 at ${OLD_PRICE}: renewed for 90 periods`,
      `  shard 1, provider 2 at ${OLD_PRICE}: renewed for 2 periods, until its turn to move comes`,
    ]);
    expect(retenderLines(given, done).at(-1)).to.equal(
      '  shard 2 moved from provider 3 to 13 for 40 periods at 0.5 tokens a GiB and period, rebuilt from others: it hung up',
    );
    expect(retenderWarnings(given, done)).to.deep.equal([
      'a/b: shard 3 stays as it is, and is tried again in the next pass: nobody takes it',
    ]);
    const rule = {
      policy: 'follow',
      within: 14,
      periods: 90,
      marginBps: 1_000n,
      maxPricePerUnitPeriod: undefined,
    } as const;
    const record = retenderRecord(given, rule, done);
    expect(record).to.include({ type: 're-tendered', name: 'a/b', policy: 'follow', sent: true, paid: 5n });
    expect(record['moved']).to.deep.equal([
      { shardIndex: 2, from: 3, to: 13, periods: 40, pricePerUnitPeriod: TOKEN / 32_768n, rebuilt: 'it hung up' },
    ]);
    expect(retenderRecord(given, rule, undefined)).to.include({ sent: false, paid: 0n });
  });

  it('warns of what cannot be kept, of what ends with too many others, and of an account that will not do', () => {
    const given = planned(
      [
        shard(0, { action: 'stuck', reason: 'its provider has no ask any more' }),
        shard(1, { action: 'wait', untilPeriod: 100, atRisk: true }, true),
      ],
      5n * TOKEN,
    );
    const [short, stuck, risk, ...more] = retenderWarnings(given, undefined);
    expect(short).to.contain('will cost 5.9 tokens, and the escrow account holds 5 tokens');
    expect(stuck).to.contain('shard 0 at provider 1 ends in 5 periods: its provider has no ask any more');
    expect(risk).to.contain('shard 1 ends in 5 periods together with more others than can be spared');
    expect(more).to.deep.equal([]);
    expect(retenderWarnings(planned(given.plan.shards, (59n * TOKEN) / 10n), undefined)).to.have.lengthOf(2);
    const lost = { ...shard(2, { action: 'stuck', reason: 'its provider failed it' }) };
    const failed = { ...lost, row: { ...lost.row, status: 'failed' as const } };
    expect(retenderWarnings(planned([failed]), undefined)[0]).to.contain(
      'shard 2 is lost, as its provider failed it; `stowmarket repair` rebuilds it while 4 others',
    );
  });
});
