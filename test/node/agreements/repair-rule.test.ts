import type { PeerId } from '@libp2p/interface';
import { expect } from 'chai';

import {
  MAX_REPAIR_LOOKUPS,
  MAX_REPAIR_LOOKUPS_PER_PEER,
  REPAIR_GRACE_PERIODS,
} from '../../../node/agreements/limits.ts';
import type { ReadRule } from '../../../node/agreements/read-rules.ts';
import { encodeRepairClaim, type RepairFacts, repairRule } from '../../../node/agreements/repair-rule.ts';
import { StowError } from '../../../node/core/errors.ts';
import { agreementId } from '../../../node/market/agreement-id.ts';
import type { Hex } from '../../../node/market/messages.ts';
import { nodeIdentity } from '../../../node/network/identity.ts';
import { newNodeKey } from '../network/hosts.ts';
import { rejection } from '../support/rejection.ts';
import { client, OBJECT_KEY, ROOT } from './samples.ts';

const LOST = agreementId(3, 7);
const OTHER_ROOT = `0x${'cc'.repeat(32)}` as const;
const START = 20;
/** Provider 5 answered the bid; provider 6 is registered, too; the stranger is not. */
const [WINNER, PROVIDER, STRANGER] = [0, 1, 2].map(() => nodeIdentity(newNodeKey()).peerId) as [PeerId, PeerId, PeerId];
/** As many providers as fill the line to the chain. */
const CROWD = Array.from({ length: 4 }, () => nodeIdentity(newNodeKey()).peerId);
const PROVIDERS = new Map([WINNER, PROVIDER, ...CROWD].map((peer, index) => [peer, 5 + index]));

describe('who may read to repair a shard', () => {
  let facts: RepairFacts | undefined;
  let block: bigint;
  let period: number;
  let questions: number;
  /** Questions whose provider a peer is. */
  let lookups: number;
  /** What the chain waits for before it answers. */
  let answers: () => Promise<void>;
  let rule: ReadRule;

  beforeEach(() => {
    [block, period, questions, lookups, answers] = [10n, START - 1, 0, 0, async () => undefined];
    facts = { client: client.address, objectKey: OBJECT_KEY, isOpen: true, winner: undefined };
    rule = repairRule({
      chain: {
        repairFacts: async (lost) => {
          questions += 1;
          await answers();
          return lost === LOST ? facts : undefined;
        },
        providerOf: async (peer) => {
          lookups += 1;
          return PROVIDERS.get(peer) ?? 0;
        },
        block: () => block,
        period: () => period,
      },
      served: {
        of: async (root) => (root === ROOT ? [{ client: client.address, objectKey: OBJECT_KEY }] : []),
      },
    });
  });

  const ask = async (peer: PeerId, [from, count]: [number, number], over: { root?: Hex; claim?: string } = {}) =>
    rule.admit({ root: over.root ?? ROOT, from, count, peer, authorization: over.claim ?? encodeRepairClaim(LOST) });

  const isRefused = async (...args: Parameters<typeof ask>): Promise<string> => {
    const { code, message } = await rejection(ask(...args));
    expect(code).to.equal('read-refused');
    return message;
  };

  function answered(startPeriod = START): void {
    facts = {
      client: client.address,
      objectKey: OBJECT_KEY,
      isOpen: false,
      winner: { id: agreementId(5, 1), startPeriod },
    };
  }

  it('any registered provider the unit roots and the first unit, while the bid stands', async () => {
    await ask(PROVIDER, [0, 0]);
    await ask(PROVIDER, [0, 1]);
    for (const range of [
      [1, 1],
      [0, 2],
    ] as const)
      expect(await isRefused(PROVIDER, [...range])).to.contain('first unit');
    expect(await isRefused(STRANGER, [0, 0])).to.contain('not a registered provider');
  });

  it('whoever answered it everything, until its first period and one more are over, and nobody else', async () => {
    answered();
    await ask(WINNER, [3, 64]);
    expect(await isRefused(PROVIDER, [0, 0])).to.contain('is over');
    [period, block] = [START + REPAIR_GRACE_PERIODS, 11n];
    await ask(WINNER, [3, 64]);
    [period, block] = [START + REPAIR_GRACE_PERIODS + 1, 12n];
    expect(await isRefused(WINNER, [3, 64])).to.contain('is over');
  });

  it('nobody without a bid, for another object’s shard, or with a claim that is none', async () => {
    expect(await isRefused(PROVIDER, [0, 0], { root: OTHER_ROOT })).to.contain('not of the object');
    facts = { ...facts!, objectKey: OTHER_ROOT };
    block = 11n;
    expect(await isRefused(PROVIDER, [0, 0])).to.contain('not of the object');
    facts = undefined;
    block = 12n;
    expect(await isRefused(PROVIDER, [0, 0])).to.contain('nobody bids');
    for (const claim of [
      'Stowmarket-Repair',
      'Stowmarket-Repair x',
      `Stowmarket-Repair ${2n ** 64n}`,
      'Stowmarket-Repair 1 2',
    ])
      expect((await rejection(ask(PROVIDER, [0, 0], { claim }))).code).to.equal('read-ticket-malformed');
  });

  it('asks the chain once a block, again after a failure, and not without bound', async () => {
    await Promise.all(Array.from({ length: 5 }, async () => ask(PROVIDER, [0, 0])));
    expect(questions).to.equal(1);
    answered();
    // What was true a block ago is asked again.
    await ask(PROVIDER, [0, 0]);
    block = 11n;
    await isRefused(PROVIDER, [0, 0]);
    expect(questions).to.equal(2);

    block = 12n;
    answers = async () =>
      Promise.reject(new StowError({ code: 'chain-unreachable', message: 'the chain does not answer' }));
    expect((await rejection(ask(WINNER, [0, 0]))).message).to.contain('does not answer');
    answers = async () => undefined;
    await ask(WINNER, [0, 0]);

    const held = Promise.withResolvers<void>();
    answers = async () => held.promise;
    block = 13n;
    const pending: Promise<unknown>[] = [];
    const claims = (peer: PeerId, provider: number, count: number): void =>
      void pending.push(
        ...Array.from({ length: count }, async (_, index) =>
          rejection(ask(peer, [0, 0], { claim: encodeRepairClaim(agreementId(provider, index)) })),
        ),
      );
    const turn = async (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));
    // One that makes claims up takes its own room only; many of them take all.
    claims(PROVIDER, 9, 2 * MAX_REPAIR_LOOKUPS);
    await turn();
    expect(questions).to.equal(4 + MAX_REPAIR_LOOKUPS_PER_PEER);
    pending.push(ask(WINNER, [0, 0]));
    await turn();
    expect(questions).to.equal(5 + MAX_REPAIR_LOOKUPS_PER_PEER);
    for (const [index, peer] of CROWD.entries()) claims(peer, 10 + index, MAX_REPAIR_LOOKUPS_PER_PEER);
    await turn();
    expect(questions).to.equal(4 + MAX_REPAIR_LOOKUPS);
    expect((await rejection(ask(CROWD[0]!, [0, 0], { claim: encodeRepairClaim(agreementId(8, 0)) }))).code).to.equal(
      'provider-busy',
    );
    held.resolve();
    await Promise.all(pending);
  });

  it('asks the chain nothing about shards that are not here, or agreements that cannot be', async () => {
    expect(await isRefused(STRANGER, [0, 0], { root: OTHER_ROOT })).to.contain('not of the object');
    expect(await isRefused(PROVIDER, [0, 0], { claim: 'Stowmarket-Repair 7' })).to.contain('not of the object');
    expect([questions, lookups]).to.deep.equal([0, 0]);
  });
});
