import { expect } from 'chai';

import { amendAsk } from '../../../node/chain/actions/amend-ask.ts';
import { cancelAsks } from '../../../node/chain/actions/cancel-asks.ts';
import { concede } from '../../../node/chain/actions/concede.ts';
import { deposit } from '../../../node/chain/actions/deposit.ts';
import { endAgreement } from '../../../node/chain/actions/end-agreement.ts';
import { giveNotice } from '../../../node/chain/actions/give-notice.ts';
import { prove } from '../../../node/chain/actions/prove.ts';
import { readAgreement } from '../../../node/chain/actions/read-agreement.ts';
import { readAsk } from '../../../node/chain/actions/read-ask.ts';
import { readAsks } from '../../../node/chain/actions/read-asks.ts';
import { readBalances } from '../../../node/chain/actions/read-balances.ts';
import { readCurrentPeriod } from '../../../node/chain/actions/read-current-period.ts';
import { readDuty } from '../../../node/chain/actions/read-duty.ts';
import { readHoldersOf } from '../../../node/chain/actions/read-holders-of.ts';
import { readIsNonceUsed } from '../../../node/chain/actions/read-is-nonce-used.ts';
import { readIsProven } from '../../../node/chain/actions/read-is-proven.ts';
import { readLockable } from '../../../node/chain/actions/read-lockable.ts';
import { readMarketParameters } from '../../../node/chain/actions/read-market-parameters.ts';
import { readOpeningBlock } from '../../../node/chain/actions/read-opening-block.ts';
import { readProvider, readProviderAddresses, readProviderCount } from '../../../node/chain/actions/read-provider.ts';
import { readProviderOfNode } from '../../../node/chain/actions/read-provider-of-node.ts';
import { readReputation } from '../../../node/chain/actions/read-reputation.ts';
import { readRootOf } from '../../../node/chain/actions/read-root-of.ts';
import { readStake } from '../../../node/chain/actions/read-stake.ts';
import { readUnbonding } from '../../../node/chain/actions/read-unbonding.ts';
import { readUnitsOf } from '../../../node/chain/actions/read-units-of.ts';
import { readUnrecordedMisses } from '../../../node/chain/actions/read-unrecorded-misses.ts';
import { recordMisses } from '../../../node/chain/actions/record-misses.ts';
import { requestUnbond } from '../../../node/chain/actions/request-unbond.ts';
import { revokeNonces } from '../../../node/chain/actions/revoke-nonces.ts';
import { settle } from '../../../node/chain/actions/settle.ts';
import { updateAddresses } from '../../../node/chain/actions/update-addresses.ts';
import { withdraw } from '../../../node/chain/actions/withdraw.ts';
import { withdrawUnbonded } from '../../../node/chain/actions/withdraw-unbonded.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { LogWatcher } from '../../../node/chain/log-watcher.ts';
import { AgreementStatus } from '../../../node/chain/records.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import { hashAgreement } from '../../../node/chain/typed-data.ts';
import { agreementsAbi } from '../../../node/chain/abi/agreements.ts';
import { systemClock } from '../../../node/core/clock.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { quote } from '../../../node/market/quote.ts';
import { scoreAt } from '../../../node/market/reputation.ts';
import { rejection } from '../support/rejection.ts';
import { TEST_TOKENS, type TestChain, startChain } from '../support/chain.ts';
import { TERMS, testIndex } from './index/test-index.ts';
import { TOKEN, type TestProvider, connect, draft, enrol, form, proofOf, senderOf, unitOf } from './market-fixture.ts';

const PERIOD_BLOCKS = 20;

/** The actions, the event index and the real contracts together, from a first deposit to the end of agreements. */
describe('the market on a real chain', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let chain: TestChain;
  let view: ChainView;
  let client: TxSender;
  let provider: TestProvider;
  let other: TestProvider;
  const index = testIndex();
  let watcher: LogWatcher;

  before(async () => {
    chain = await startChain({ periodBlocks: PERIOD_BLOCKS });
    view = await connect(chain);
    client = senderOf(view, chain.accounts[1]!);
    watcher = new LogWatcher({ view, sink: index, logger: silentLogger, clock: systemClock }, { pollMs: 10 });
  });
  after(async () => chain?.stop());

  /** To the block after the opening of the next period, from which its draws are known. */
  async function nextPeriod(): Promise<number> {
    const period = (await readCurrentPeriod(view)) + 1;
    const opening = await readOpeningBlock(view, period);
    const head = await view.client.getBlockNumber();
    await chain.mine(Number(opening - head) + 1);
    expect(await readCurrentPeriod(view)).to.equal(period);
    return period;
  }

  it('deposits with a permit and withdraws', async () => {
    const before = await readBalances(view, client.address);
    expect(before).to.include({ escrow: 0n, wallet: TEST_TOKENS });
    await deposit(client, { amount: 100n * TOKEN });
    await withdraw(client, { to: client.address, amount: 10n * TOKEN });
    const after = await readBalances(view, client.address);
    expect(after).to.include({ escrow: 90n * TOKEN, wallet: TEST_TOKENS - 90n * TOKEN });
    expect(after.gas < before.gas).to.equal(true);
  });

  it('says how much is missing before anything is sent', async () => {
    const sent = await view.client.getTransactionCount({ address: client.address });
    const tooMuch = withdraw(client, { to: client.address, amount: 91n * TOKEN });
    const error = await rejection(tooMuch);
    expect(error.code).to.equal('escrow-insufficient-balance');
    expect(error.message).to.contain('1 tokens are missing');
    const short = await rejection(deposit(client, { amount: TEST_TOKENS }));
    expect(short.code).to.equal('wallet-short');
    expect(short.message).to.contain('90 tokens less');
    expect(await view.client.getTransactionCount({ address: client.address })).to.equal(sent);
  });

  it('registers providers that post asks', async () => {
    provider = await enrol(view, chain.accounts[2]!);
    other = await enrol(view, chain.accounts[3]!);
    expect([provider.id, other.id]).to.deep.equal([1, 2]);
    expect(await readProviderCount(view)).to.equal(2);
    expect(await readProviderOfNode(view, provider.nodeKey.address)).to.equal(1);
    const record = await readProvider(view, 1);
    expect(record).to.include({
      operator: provider.sender.address,
      nodeAddress: provider.nodeKey.address,
      region: 276,
    });
    expect(await readProviderAddresses(view, 1)).to.have.length(2);
    expect(await readLockable(view, 1)).to.equal(50n * TOKEN);
    const asks = await readAsks(view);
    expect(asks.map(({ askId }) => askId)).to.deep.equal([provider.askId, other.askId]);
    expect(asks[0]?.ask).to.deep.equal(provider.ask);
  });

  it('refuses what the registry and the order book refuse, as sentences', async () => {
    const again = await rejection(enrolAgain());
    expect(again.code).to.equal('node-registry-unknown-provider');
    const foreign = await rejection(cancelAsks(client, { provider: provider.id, askIds: [provider.askId] }));
    expect(foreign.code).to.equal('order-book-not-authorized');
    const invalid = await rejection(
      amendAsk(provider.sender, { askId: provider.askId, ask: { ...provider.ask, maxUnits: 0 } }),
    );
    expect(invalid.message).to.contain('maxUnits');
    async function enrolAgain(): Promise<void> {
      await readProvider(view, 99);
    }
  });

  it('hashes agreements as the contract does', async () => {
    const agreement = await draft(client, provider);
    const digest = await view.client.readContract({
      address: view.deployment.contracts.agreements,
      abi: agreementsAbi,
      functionName: 'digestOf',
      args: [agreement],
    });
    expect(hashAgreement(view.deployment, agreement)).to.equal(digest);
  });

  it('forms, proves, settles and ends an agreement, to the wei of its quote', async () => {
    const { burnBps, bond } = await readMarketParameters(view);
    expect(bond).to.equal(10n * TOKEN);
    const agreement = await draft(client, provider, { periods: 2 });
    const price = quote({ shards: [agreement], burnBps, holdbackBps: 0n });
    const before = await readBalances(view, client.address);
    const id = await form(client, provider, agreement);
    const formed = await readBalances(view, client.address);
    expect(before.escrow - formed.escrow).to.equal(price.total);
    expect(await readRootOf(view, id)).to.equal(agreement.shardRoot);
    expect(await readUnitsOf(view, id)).to.equal(1);
    expect(await readHoldersOf(view, client.address, agreement.objectKey)).to.deep.equal([id]);
    expect(await readIsNonceUsed(view, client.address, agreement.nonce)).to.equal(true);
    expect((await readAsk(view, provider.askId)).unitsLeft).to.equal(999);

    for (let round = 0; round < 2; round += 1) {
      const period = await nextPeriod();
      const proof = await proofOf(view, provider.id, unitOf(1));
      await prove(client, { provider: provider.id, period, proof });
      expect(await readIsProven(view, provider.id, period)).to.equal(true);
      const twice = await rejection(prove(client, { provider: provider.id, period, proof }));
      expect(twice.code).to.equal('possession-proofs-already-proven');
    }
    await settle(provider.sender, { ids: [id] });
    const tooEarly = await rejection(endAgreement(client, { id }));
    expect(tooEarly.code).to.equal('agreements-not-over');
    await nextPeriod();
    const earned = await readBalances(view, provider.sender.address);
    await endAgreement(client, { id });
    const paid = await readBalances(view, provider.sender.address);
    expect(paid.escrow > earned.escrow).to.equal(true);
    const state = await readAgreement(view, id);
    expect(state).to.include({ status: AgreementStatus.kept, provenPeriods: 2, settledPeriods: 2 });
    expect((await readReputation(view, { provider: provider.id, period: 5 })).record.kept).to.equal(1);
  });

  it('refuses a proof that leads elsewhere', async () => {
    const id = await form(client, provider, await draft(client, provider));
    const period = await nextPeriod();
    const proof = await proofOf(view, provider.id, unitOf(2));
    const error = await rejection(prove(client, { provider: provider.id, period, proof }));
    expect(error.code).to.equal('possession-proofs-wrong-root');
    const short = await rejection(prove(client, { provider: provider.id, period, proof: proof.subarray(1) }));
    expect(short.code).to.equal('possession-proofs-wrong-length');
    await concede(provider.sender, { id });
    expect((await readAgreement(view, id)).status).to.equal(AgreementStatus.failed);
  });

  it('records misses, slashes and compensates', async () => {
    const id = await form(client, other, await draft(client, other));
    await nextPeriod();
    await nextPeriod();
    expect(await readUnrecordedMisses(view, other.id)).to.equal(1);
    await recordMisses(client, { provider: other.id, reporter: 0 });
    expect(await readUnrecordedMisses(view, other.id)).to.equal(0);
    expect((await readStake(view, other.id)).strikes).to.equal(1);
    expect((await readDuty(view, other.id)).units).to.equal(1);
    const before = await readBalances(view, client.address);
    await settle(client, { ids: [id] });
    expect((await readBalances(view, client.address)).escrow > before.escrow).to.equal(true);
    await giveNotice(client, { id });
    const again = await rejection(giveNotice(client, { id }));
    expect(again.code).to.equal('agreements-nothing-to-shorten');
  });

  it('unbonds stake after its delay', async () => {
    await requestUnbond(other.sender, { provider: other.id, amount: 5n * TOKEN });
    const early = await rejection(withdrawUnbonded(client, { provider: other.id }));
    expect(early.code).to.equal('collateral-still-unbonding');
    expect((await readUnbonding(view, other.id)).amount).to.equal(5n * TOKEN);
    await chain.rpc('evm_increaseTime', 120);
    await chain.mine(1);
    await withdrawUnbonded(client, { provider: other.id });
  });

  it('updates addresses, amends and cancels asks, revokes nonces', async () => {
    await updateAddresses(provider.sender, { provider: provider.id, addresses: ['/dns4/example.org/tcp/1'] });
    await amendAsk(provider.sender, { askId: provider.askId, ask: { ...provider.ask, unitsLeft: 7 } });
    await cancelAsks(other.sender, { provider: other.id, askIds: [other.askId] });
    await revokeNonces(client, { word: 4n, mask: 1n << 3n });
    expect(await readIsNonceUsed(view, client.address, 4n * 256n + 3n)).to.equal(true);
    const agreement = await draft(client, provider, { nonce: 4n * 256n + 3n });
    expect((await rejection(form(client, provider, agreement))).code).to.equal('agreements-nonce-used');
  });

  it('rebuilds the same state from events', async () => {
    await watcher.syncOnce();
    const { reputation } = await readMarketParameters(view);
    expect(reputation.halfLifePeriods).to.equal(TERMS.halfLifePeriods);
    expect(await index.block()).to.equal(await view.client.getBlockNumber());
    for (const row of await index.providersPage(0, 10)) {
      const onChain = await readProvider(view, row.id);
      expect(row).to.include({
        operator: onChain.operator,
        nodeAddress: onChain.nodeAddress,
        placementId: onChain.placementId,
        region: onChain.region,
      });
      expect(row.addresses).to.deep.equal(await readProviderAddresses(view, row.id));
      const { free, locked } = await readStake(view, row.id);
      expect(row).to.include({ free, locked });
      const period = await readCurrentPeriod(view);
      const { record, score } = await readReputation(view, { provider: row.id, period });
      expect(row).to.include({ good: record.good, bad: record.bad, updated: record.updated });
      expect(scoreAt(row, reputation, period)).to.equal(score);
    }
    expect(await index.providersPage(0, 10)).to.have.length(2);
    const asks = await index.asksOf([provider.id, other.id]);
    expect(asks).to.deep.equal(new Map([[provider.id, await readAsks(view)]]));
    const agreements = await index.agreementsOfClient(client.address);
    expect(agreements).to.have.length(3);
    for (const row of agreements) {
      const onChain = await readAgreement(view, row.id);
      expect({ ...row, status: { active: 1, kept: 2, failed: 3, 'handed-over': 4 }[row.status] }).to.include({
        startPeriod: onChain.startPeriod,
        periods: onChain.periods,
        provenPeriods: onChain.provenPeriods,
        settledTo: onChain.startPeriod + onChain.settledPeriods,
        pricePerUnitPeriod: onChain.pricePerUnitPeriod,
        shardIndex: onChain.shardIndex,
        status: onChain.status,
      });
      expect((await index.holders(client.address, row.objectKey)).map(({ id }) => id)).to.deep.equal([
        ...(await readHoldersOf(view, client.address, row.objectKey)),
      ]);
    }
  });
});
