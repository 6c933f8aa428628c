import { setTimeout as sleep } from 'node:timers/promises';

import { expect } from 'chai';

import { StowError } from '../../../node/core/errors.ts';
import type { OpenFile, OpenOptions } from '../../../node/store/fs/file-layer.ts';
import { type OpenedShard, OpenShards } from '../../../node/store/fs/open-shards.ts';
import { expectError } from '../client/support/expect-error.ts';

const root = new Uint8Array(32).fill(1);
const other = new Uint8Array(32).fill(2);

interface Opening {
  options: OpenOptions | undefined;
  closed: boolean;
}

function fakes(): { shards: OpenShards; openings: Opening[]; fail: (error: Error | undefined) => void } {
  const openings: Opening[] = [];
  let failure: Error | undefined;
  const open = async (_root: Uint8Array, options?: OpenOptions): Promise<OpenedShard> => {
    if (failure !== undefined) throw failure;
    const opening: Opening = { options, closed: false };
    openings.push(opening);
    const close = async (): Promise<void> => void (opening.closed = true);
    return { file: { close } as unknown as OpenFile, units: 4 };
  };
  return { shards: new OpenShards({ open }), openings, fail: (error) => (failure = error) };
}

/** After what was left to run. */
const soon = async (): Promise<void> => sleep(5);

describe('open shards', () => {
  it('opens a file once for readers at the same time and after another', async () => {
    const { shards, openings } = fakes();
    const [first, second] = await Promise.all([shards.acquire(root, {}), shards.acquire(root, {})]);
    expect([first.units, second.units]).to.deep.equal([4, 4]);
    expect(first.file).to.equal(second.file);
    first.release();
    second.release();
    const third = await shards.acquire(root, {});
    expect(third.file).to.equal(first.file);
    expect(openings).to.deep.equal([{ options: {}, closed: false }]);
    third.release();
  });

  it('opens others, and the same one otherwise, apart', async () => {
    const { shards, openings } = fakes();
    await shards.acquire(root, {});
    await shards.acquire(root, { direct: true });
    await shards.acquire(other, {});
    expect(openings.map(({ options }) => options)).to.deep.equal([{}, { direct: true }, {}]);
  });

  it('ends a file that is forgotten with its last reader, and opens it anew for the next', async () => {
    const { shards, openings } = fakes();
    const reading = await shards.acquire(root, {});
    (await shards.acquire(root, { direct: true })).release();
    shards.forget(root);
    await soon();
    expect(openings.map(({ closed }) => closed)).to.deep.equal([false, true]);
    const next = await shards.acquire(root, {});
    expect(next.file).not.to.equal(reading.file);
    reading.release();
    await soon();
    expect(openings.map(({ closed }) => closed)).to.deep.equal([true, true, false]);
  });

  it('keeps no failure', async () => {
    const { shards, fail } = fakes();
    fail(new StowError({ code: 'shard-missing', message: 'it is not there', hint: '' }));
    await expectError(shards.acquire(root, {}), 'shard-missing');
    fail(undefined);
    expect((await shards.acquire(root, {})).units).to.equal(4);
  });

  it('closes what nobody reads any more a moment later', async () => {
    const { shards, openings } = fakes();
    (await shards.acquire(root, {})).release();
    await soon();
    expect(openings[0]?.closed).to.equal(false);
    // Twice as long as it is kept.
    for (let waited = 0; waited < 80 && openings[0]?.closed === false; waited++) await sleep(50);
    expect(openings[0]?.closed).to.equal(true);
  });
});
