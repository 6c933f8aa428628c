import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { zeroAddress } from 'viem';

import { shareKey, type ShareRow } from '../../../../node/chain/market-index.ts';
import type { UnsharePlan } from '../../../../node/client/share/plan-unshare.ts';
import { rekey, type RekeyComponents, type RekeyResult } from '../../../../node/client/share/rekey.ts';
import type { StoredObject } from '../../../../node/client/stored-object.ts';
import { to0x } from '../../../../node/core/bytes.ts';
import { StowError } from '../../../../node/core/errors.ts';
import type { Address } from '../../../../node/market/messages.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import { OWNER_PRIVATE_KEY } from '../../pipeline/object-fixture.ts';
import { StoredWallet } from '../recover/support/stored-wallet.ts';
import { expectError } from '../support/expect-error.ts';
import { CLIENT } from '../support/rows.ts';

const A: Address = `0x${'a1'.repeat(20)}`;
const B: Address = `0x${'b2'.repeat(20)}`;
const C: Address = `0x${'c3'.repeat(20)}`;

describe('re-keying, once the object is stored anew', () => {
  let wallet: StoredWallet;
  let old: StoredObject;
  let successor: StoredObject;
  let keys: Map<Address, Uint8Array>;
  let shared: Address[];
  let noticed: number;
  let failure: StowError | undefined;

  beforeEach(async () => {
    wallet = new StoredWallet();
    old = await wallet.store(randomBytes(1_000), { name: 'report' });
    successor = await wallet.store(randomBytes(1_000), { name: 'report' });
    keys = new Map([A, B, C].map((reader) => [reader, ownerPublicKey(randomBytes(32))]));
    shared = [];
    noticed = 0;
    failure = undefined;
  });

  async function run(readers: readonly Address[]): Promise<RekeyResult> {
    const components: RekeyComponents = {
      // It is stored anew already: nothing is put.
      put: { owner: { address: CLIENT, privateKey: OWNER_PRIVATE_KEY } } as unknown as RekeyComponents['put'],
      access: wallet,
      providersOf: wallet.components.providersOf,
      look: async () => successor,
      keyOf: async (reader) => keys.get(reader),
      share: async ({ reader }) => {
        if (failure !== undefined) throw failure;
        shared.push(reader);
      },
      remove: { giveNotice: async () => void noticed++, catalogue: wallet.catalogue },
    };
    const moves = readers.map((reader): ShareRow => {
      const share = { owner: CLIENT, reader, objectKey: to0x(old.objectKey) };
      return { ...share, key: shareKey(share), until: 2_000, envelope: '0x01', sharedAtBlock: 1n, takenBack: false };
    });
    const plan: UnsharePlan = { standing: [], old, newKey: successor.objectKey, successor, moves };
    const { signal } = new AbortController();
    return rekey(components, plan, {
      periods: 1,
      spares: () => 0,
      weights: { score: 1, latency: 0, service: 0, distance: 0 },
      signal,
    });
  }

  it('ends the old one when k holders of the new one give their shards out, whoever else is away', async () => {
    wallet.down.add(1).add(4);
    expect((await run([])).removed.given).to.have.length(4);
    expect(noticed).to.equal(4);
  });

  it('ends nothing while fewer do, with shares to move or without', async () => {
    for (const away of [wallet.down, wallet.lying]) {
      away.add(2).add(3).add(4);
      for (const readers of [[], [A]]) {
        const error = await expectError(run(readers), 'rekey-not-readable');
        expect(error.message).to.contain('provider 3');
        expect(error.exitCode).to.equal(away === wallet.down ? 5 : 7);
      }
      away.clear();
    }
    expect([shared, noticed]).to.deep.equal([[], 0]);
  });

  it('counts two holders of the same shard as one', async () => {
    const [first, second] = successor.agreements;
    if (first === undefined || second === undefined) throw new Error('there are four');
    successor = { ...successor, agreements: [first, first] };
    await expectError(run([]), 'rekey-not-readable');
    successor = { ...successor, agreements: [first, first, second] };
    await run([]);
  });

  it('lets no reader with a bad key, or none, keep the others out or the old object stored', async () => {
    // A point of small order: nothing can be sealed for it.
    keys.set(A, new Uint8Array(32).fill(0, 1).fill(1, 0, 1));
    keys.delete(B);
    const { moved, leftOut, removed } = await run([A, B, C, zeroAddress]);
    expect(moved).to.deep.equal([C, zeroAddress]);
    expect(shared).to.deep.equal([C, zeroAddress]);
    expect(leftOut.map(({ reader }) => reader)).to.deep.equal([A, B]);
    expect(leftOut.map(({ reason }) => reason).join('; ')).to.match(/no X25519 key.*has published no key/);
    expect(removed.given).to.have.length(4);
  });

  it('keeps the old object while the chain takes no share', async () => {
    failure = new StowError({ code: 'chain-unreachable', message: 'no answer', retryable: true });
    await expectError(run([A]), 'chain-unreachable');
    expect(noticed).to.equal(0);
  });
});
