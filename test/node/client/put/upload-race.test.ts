import { randomBytes } from 'node:crypto';
import { expect } from 'chai';

import { uploadPass } from '../../../../node/client/put/upload.ts';
import type { ShardUploader } from '../../../../node/client/put/control-plane.ts';
import { systemClock } from '../../../../node/core/clock.ts';
import { newObjectSecret } from '../../../../node/pipeline/encrypt/frame-key.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import { ShardCommitment } from '../../../../node/pipeline/merkle/commitment.ts';
import { OWNER_PRIVATE_KEY, chunksOf } from '../../pipeline/object-fixture.ts';
import { fakeProvider } from '../support/fake-market.ts';

describe('a race of uploads', () => {
  it('does not keep a shard whose end crosses the word that it is not needed', async () => {
    const aborted: number[] = [];
    const uploader: Pick<ShardUploader, 'putShard'> = {
      async putShard(provider, _reservation, body, { signal }) {
        const commitment = new ShardCommitment({ startUnit: 1 });
        let last: Uint8Array = new Uint8Array();
        for await (const piece of body) {
          commitment.write(last);
          last = Uint8Array.from(piece);
        }
        commitment.seek(0);
        commitment.write(last);
        // The second ends only after it was stopped, and well.
        if (provider.id === 2)
          await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
        if (signal?.aborted === true) aborted.push(provider.id);
        return { root: commitment.finish(), units: commitment.units };
      },
    };
    const outcome = await uploadPass(
      { ...uploader, uploadState: async () => ({ units: 0 }) },
      () => chunksOf(randomBytes(100_000), 10_000),
      {
        targets: [1, 2].map((id) => ({
          shardIndex: id - 1,
          provider: fakeProvider(id),
          reservation: { id: String(id), bulk: [] },
        })),
        wanted: 1,
        encode: {
          objectKey: randomBytes(32),
          k: 1,
          n: 2,
          owner: ownerPublicKey(OWNER_PRIVATE_KEY),
          content: { secret: newObjectSecret(), name: 'a', kind: 'file' },
        },
        clock: systemClock,
        signal: new AbortController().signal,
      },
    );
    expect(aborted).to.deep.equal([2]);
    expect([[...outcome.stored.keys()], [...outcome.dropped], [...outcome.failed.keys()]]).to.deep.equal([
      [0],
      [1],
      [],
    ]);
  });
});
