import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { expect } from 'chai';

import {
  canBeGoneOn,
  findUnfinished,
  requireUnfinished,
  sourceOf,
  type ResumeWish,
} from '../../../node/cli/put-resume.ts';
import { decodeRecord, encodeRecord, type PutRecord } from '../../../node/client/put/unfinished/put-record.ts';
import { Rest } from '../../../node/market/messages.ts';
import { expectError } from '../client/support/expect-error.ts';
import { run } from './support/run.ts';

function recordOf(name: string, path: string | undefined, over: Partial<PutRecord> = {}): PutRecord {
  return {
    version: 1,
    objectKey: randomBytes(32),
    name,
    kind: 'file',
    source: {
      ...(path === undefined ? {} : { path: resolve(path) }),
      label: path ?? 'standard input',
      maxBytes: 100,
      exact: path !== undefined,
    },
    k: 4,
    n: 6,
    spares: 1,
    periods: 90,
    units: 2,
    sealed: randomBytes(200),
    places: [{ shardIndex: 6, provider: 3, askId: 2n ** 63n }],
    signed: [],
    savedAtMs: 5,
    ...over,
  };
}

describe('what --resume means', () => {
  const cat = recordOf('cat.jpg', 'photos/cat.jpg');
  const other = recordOf('pets/cat', 'photos/cat.jpg');
  const piped = recordOf('tar', undefined);
  const unfinished = { list: async () => [cat, other, piped] };
  const wish = (path: string, over: Partial<ResumeWish> = {}): ResumeWish => ({
    path,
    name: undefined,
    k: undefined,
    n: undefined,
    periods: undefined,
    ...over,
  });

  it('is found by its path, by its name, by both, and as a pipe', async () => {
    expect(await requireUnfinished(unfinished, wish('photos/cat.jpg'))).to.equal(cat);
    expect(await requireUnfinished(unfinished, wish('photos/../photos/cat.jpg', { name: 'pets/cat' }))).to.equal(other);
    expect(await requireUnfinished(unfinished, wish('pets/cat'))).to.equal(other);
    expect(await requireUnfinished(unfinished, wish('-', { name: 'tar' }))).to.equal(piped);
    expect(sourceOf(piped)).to.deep.equal({ path: '-', maxBytes: 100 });
    expect(sourceOf(cat)).to.deep.equal({ path: resolve('photos/cat.jpg'), maxBytes: undefined });
  });

  it('says what there is when nothing fits', async () => {
    const error = await expectError(requireUnfinished(unfinished, wish('dog.jpg')), 'put-nothing-to-resume');
    expect(error.exitCode).to.equal(4);
    expect(error.message).to.contain('cat.jpg from photos/cat.jpg');
    await expectError(requireUnfinished(unfinished, wish('-', { name: 'zip' })), 'put-nothing-to-resume');
  });

  it('leaves a re-key to unshare, and does not take it for a pipe of that name', async () => {
    const rekeyed = recordOf('report', undefined, {
      source: { label: 'the object report', maxBytes: 100, exact: true },
    });
    const both = { list: async () => [rekeyed, piped] };
    for (const asked of [wish('-', { name: 'report' }), wish('report')]) {
      const error = await expectError(requireUnfinished(both, asked), 'put-nothing-to-resume');
      expect(error.message + (error.hint ?? ''))
        .to.contain('re-keying')
        .and.to.contain('stowmarket unshare');
    }
    const { message } = await expectError(requireUnfinished(both, wish('dog.jpg')), 'put-nothing-to-resume');
    expect(message).to.contain('tar from').and.not.to.contain('report');
    expect(await findUnfinished(both, { path: '-', name: 'report' })).to.equal(undefined);
    const again = { list: async () => [rekeyed, recordOf('report', undefined)] };
    expect((await requireUnfinished(again, wish('-', { name: 'report' }))).source.exact).to.equal(false);
  });

  it('keeps the code and the term that it had', async () => {
    expect(await requireUnfinished(unfinished, wish('pets/cat', { k: 4, n: 6, periods: 90 }))).to.equal(other);
    for (const [field, value] of [
      ['k', 3],
      ['n', 7],
      ['periods', 30],
    ] as const) {
      const error = await expectError(
        requireUnfinished(unfinished, wish('pets/cat', { [field]: value })),
        'put-resume-differs',
      );
      expect(error.message).to.contain(`${field} = ${other[field]}, not ${value}`);
    }
  });

  it('is told of when the same source is put anew, not another', async () => {
    expect(await findUnfinished(unfinished, { path: 'photos/cat.jpg', name: 'cat.jpg' })).to.equal(cat);
    expect(await findUnfinished(unfinished, { path: 'photos/cat.jpg', name: 'new' })).to.equal(undefined);
    expect(await findUnfinished(unfinished, { path: '-', name: 'tar' })).to.equal(piped);
  });

  it('names the bid that stands, or may stand, behind what was cut off', () => {
    const bidWish = {
      startPrice: 1n,
      ceiling: 2n,
      climbS: 1,
      standsS: 2,
      rest: Rest.stand,
      minScoreBps: 0,
      region: 0,
      collateralPeriods: 1,
    };
    const said = (bid: PutRecord['bid']): string =>
      canBeGoneOn({ label: 'photos/cat.jpg' }, recordOf('cat.jpg', 'photos/cat.jpg', { bid }));
    expect(said({ wish: bidWish, isPosting: true, posted: { bidId: 7n, reserved: 1n } })).to.contain(
      'stowmarket bid cancel 7',
    );
    expect(said({ wish: bidWish, isPosting: true })).to.contain('stowmarket market bids --mine');
    expect(said({ wish: bidWish, isPosting: false }))
      .to.contain('parts of it')
      .and.not.to.contain('bid');
  });

  it('survives the disk', () => {
    const deadline = 9;
    const record = recordOf('x', 'y', {
      envelope: { plainBytes: 7, bytes: randomBytes(100) },
      shards: { units: 2, roots: [randomBytes(32)] },
      firstNonce: 2n ** 63n - 1n,
      deadline,
    });
    expect(decodeRecord(encodeRecord(record))).to.deep.equal(record);
    expect(() => decodeRecord(encodeRecord(record).replace('"version":1', '"version":2'))).to.throw();
    expect(() => decodeRecord('{}')).to.throw();
  });

  it('takes no option that contradicts it, and no number of spares that is none', async () => {
    for (const args of [
      ['x', '--resume', '--dry-run'],
      ['x', '--resume', '--bid', '--ceiling', '1'],
      ['x', '--spares', '4'],
      ['x', '--spares', '-1'],
      ['x', '--spares', '1', '--bid', '--ceiling', '1'],
    ]) {
      expect((await run(['put', ...args], { env: {} })).code, args.join(' ')).to.equal(2);
    }
  });
});
