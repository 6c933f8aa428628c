import { expect } from 'chai';

import type { KnownObject, PlannedObject } from '../../../node/cli/retender.ts';
import {
  repairLines,
  repairRecord,
  type RepairReport,
  repairWarnings,
  unrepaired,
} from '../../../node/cli/repair-view.ts';
import { repairNeed } from '../../../node/client/retender/repair-need.ts';
import type { RetenderResult } from '../../../node/client/retender/retender-object.ts';
import type { ShardStep } from '../../../node/client/retender/plan-retender.ts';
import { agreementRow, keyOf } from '../client/support/rows.ts';

const KEY = keyOf(4);
const TOKEN = 10n ** 18n;
const NOW = 95;
const PLACE = { provider: 11, operator: '0x1', pricePerUnitPeriod: TOKEN / 16_384n };

/** Of a 4-of-6 object, the first `lost` shards failed: each gives back 70 tokens of collateral, and 9 of rent with what was held back. */
function report(lost: number, step: ShardStep = { action: 'move' }, isPlaced = true) {
  const agreements = [0, 1, 2, 3, 4, 5].map((index) =>
    agreementRow(KEY, index, {
      status: index < lost ? 'failed' : 'active',
      collateral: 100n * TOKEN,
      pricePerUnitPeriod: TOKEN,
      settledTo: 99,
      heldBack: 6n * TOKEN,
    }),
  );
  const entry = {
    objectKey: KEY,
    name: 'a',
    kind: 'file',
    plainBytes: 9,
    k: 4,
    n: 6,
    state: 'stored',
    storedAt: 1,
  } as const;
  const object: KnownObject = { objectKey: KEY, entry, agreements, state: 'live', endPeriod: 100 };
  const need = repairNeed({ agreements, k: 4, n: 6 }, NOW, undefined);
  const shards = need.lost.map((row) => ({ row, step, place: isPlaced ? PLACE : undefined, comparison: undefined }));
  const planned: PlannedObject = {
    object,
    wanted: { objectKey: KEY, plainBytes: 9, units: 3, k: 4, n: 6 },
    plan: { shards, movePeriods: 4, keep: 0n, move: 5n * TOKEN, saving: 0n },
    moment: {
      period: NOW,
      noticePeriods: 7,
      costs: { market: { burnBps: 200n, holdbackBps: 0n }, gasPrice: 1n, tokensPerCoin: undefined },
    },
    deposit: TOKEN,
  };
  return {
    object,
    need,
    dryRun: false,
    compensationBps: 7_000n,
    repairs: new Set<bigint>(),
    ...(need.isDue ? { planned } : {}),
  } satisfies RepairReport;
}

function done(over: Partial<RetenderResult> = {}): RetenderResult {
  return { moved: [], paid: 0n, transactions: [], renewed: [], noticed: [], failed: [], ...over };
}

describe('what is said of a repair', () => {
  it('is nothing of an object that lost nothing', () => {
    expect(repairLines(report(0))).to.deep.equal([]);
    expect(repairWarnings(report(0))).to.deep.equal([]);
    expect(repairRecord(report(0))).to.include({ type: 'repaired', healthy: 6, due: false, sent: false });
  });

  it('names what was lost, what came back for it, and where it is now', () => {
    const given = report(1);
    const [row] = given.need.lost;
    const agreement = {
      ...row!,
      client: row!.client,
      provider: 11,
      periods: 4,
      pricePerUnitPeriod: TOKEN / 16_384n,
      bidId: 0n,
      nonce: 1n,
      deadline: 1n,
    };
    const moved = [{ from: row!, agreement, rebuilt: 'nobody holds it' }];
    const lines = repairLines({ ...given, done: done({ moved, paid: 3n * TOKEN }) });
    expect(lines).to.deep.equal([
      'a: 5 of 6 shards are held, 4 are needed',
      '  shard 0 is lost: provider 1 failed agreement 1.0 (70 tokens of its collateral)',
      '  compensation 70 tokens and rent 9 tokens came back for it',
      '  shard 0 rebuilt from 4 others onto provider 11 for 4 periods at 1 tokens a GiB and period',
      '  it cost 3 tokens',
    ]);
    const record = repairRecord({ ...given, done: done({ moved, paid: 3n * TOKEN }) });
    expect(record).to.deep.include({ healthy: 5, threshold: 5, due: true, sent: true, paid: 3n * TOKEN });
    expect(record['lost']).to.deep.equal([
      {
        shardIndex: 0,
        agreement: '1.0',
        provider: 1,
        compensation: 70n * TOKEN,
        rent: 9n * TOKEN,
        step: 'move',
        place: { provider: 11, pricePerUnitPeriod: TOKEN / 16_384n },
      },
    ]);
  });

  it('counts no compensation for a repair that was not proven for long enough: it was burned', () => {
    const given = report(1);
    const repairs = new Set(given.need.lost.map(({ id }) => id));
    expect(given.need.lost[0]?.provenPeriods).to.be.lessThan(3);
    expect(repairLines({ ...given, repairs })[2]).to.equal(
      '  compensation 0 tokens and rent 9 tokens came back for it',
    );
    expect((repairRecord({ ...given, repairs })['lost'] as { compensation: bigint }[])[0]!.compensation).to.equal(0n);
  });

  it('says with --dry-run what would be done, and that nothing was', () => {
    const given = { ...report(1), dryRun: true };
    expect(repairLines(given).slice(3)).to.deep.equal([
      '  shard 0 would be rebuilt onto provider 11 for 4 periods at 1 tokens a GiB and period',
      '  it would cost 5 tokens',
      '  nothing was sent (--dry-run)',
    ]);
    expect(unrepaired(given)).to.equal(0);
    const placeless = { ...report(1, { action: 'move' }, false), dryRun: true };
    expect(unrepaired(placeless)).to.equal(1);
    expect(repairWarnings(placeless)[0]).to.contain('nobody takes shard 0 now');
  });

  it('warns of what cannot be rebuilt, and of an object that is nearly lost', () => {
    const stuck = report(2, { action: 'stuck', reason: 'no time is left' });
    expect(repairWarnings({ ...stuck, done: done() })).to.deep.equal([
      'a: shard 0 is not rebuilt: no time is left',
      'a: shard 1 is not rebuilt: no time is left',
    ]);
    const given = report(3);
    const failed = [{ row: given.need.lost[0]!, reason: 'two hung up' }];
    const [near, later, ...more] = repairWarnings({ ...given, done: done({ failed }) });
    expect(near).to.contain('only 3 of the 4 shards').and.to.contain('shard 0, 1, 2 is missing');
    expect(later).to.contain('shard 0 is not rebuilt yet, and is tried again in the next pass: two hung up');
    expect(more).to.deep.equal([]);
    expect(unrepaired({ ...given, done: done({ failed }) })).to.equal(1);
  });
});
