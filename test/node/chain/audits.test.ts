import { expect } from 'chai';
import { parseEventLogs } from 'viem';

import { collateralAbi } from '../../../node/chain/abi/collateral.ts';
import { answerAudit } from '../../../node/chain/actions/answer-audit.ts';
import { authorizeSession } from '../../../node/chain/actions/authorize-session.ts';
import { claimReportFee } from '../../../node/chain/actions/claim-report-fee.ts';
import { closeAudit } from '../../../node/chain/actions/close-audit.ts';
import { concede } from '../../../node/chain/actions/concede.ts';
import { declareMaintenance } from '../../../node/chain/actions/declare-maintenance.ts';
import { deposit } from '../../../node/chain/actions/deposit.ts';
import { openAudit } from '../../../node/chain/actions/open-audit.ts';
import { readAgreement } from '../../../node/chain/actions/read-agreement.ts';
import { readAudit } from '../../../node/chain/actions/read-audit.ts';
import { readAuditLeaves } from '../../../node/chain/actions/read-audit-leaves.ts';
import { type AuditTerms, readAuditTerms } from '../../../node/chain/actions/read-audit-terms.ts';
import { readBalances } from '../../../node/chain/actions/read-balances.ts';
import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import { readCurrentPeriod } from '../../../node/chain/actions/read-current-period.ts';
import { readMaintenance } from '../../../node/chain/actions/read-maintenance.ts';
import { readOpeningBlock } from '../../../node/chain/actions/read-opening-block.ts';
import { readProvider } from '../../../node/chain/actions/read-provider.ts';
import { readSession } from '../../../node/chain/actions/read-session.ts';
import { recordMisses } from '../../../node/chain/actions/record-misses.ts';
import { revokeSession } from '../../../node/chain/actions/revoke-session.ts';
import { topUp } from '../../../node/chain/actions/top-up.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { LogWatcher } from '../../../node/chain/log-watcher.ts';
import { AgreementStatus } from '../../../node/chain/records.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import { systemClock } from '../../../node/core/clock.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import type { AgreementId } from '../../../node/market/messages.ts';
import { leafPathInUnit } from '../../../node/pipeline/merkle/unit-tree.ts';
import { joinPaths } from '../../../node/proofs/shared-paths.ts';
import { readAgreementLog } from '../../../node/provider/agreement-log.ts';
import { readCeiling } from '../../../node/provider/retrieval/read-ceiling.ts';
import { type TestChain, startChain } from '../support/chain.ts';
import { rejection } from '../support/rejection.ts';
import { testIndex } from './index/test-index.ts';
import { TOKEN, type TestProvider, connect, draft, enrol, form, senderOf, unitOf } from './market-fixture.ts';

/** Token wei for one MiB. */
const RETRIEVAL_PRICE = 10n ** 13n;

/** The actions around audits, maintenance, session keys and report fees, on the real contracts. */
describe('audits and what else the market offers beside agreements, on a real chain', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let chain: TestChain;
  let view: ChainView;
  let client: TxSender;
  let key: TxSender;
  let provider: TestProvider;
  let other: TestProvider;
  let id: AgreementId;
  let terms: AuditTerms;
  const index = testIndex();
  let watcher: LogWatcher;

  before(async () => {
    // The window is one period: as many blocks as the devnet's.
    chain = await startChain({ periodBlocks: 30 });
    view = await connect(chain);
    client = senderOf(view, chain.accounts[1]!);
    key = senderOf(view, chain.accounts[4]!);
    watcher = new LogWatcher({ view, sink: index, logger: silentLogger, clock: systemClock }, { pollMs: 10 });
    await deposit(client, { amount: 100n * TOKEN });
    provider = await enrol(view, chain.accounts[2]!);
    other = await enrol(view, chain.accounts[3]!, { retrievalPricePerMiB: RETRIEVAL_PRICE });
    id = await form(client, provider, await draft(client, provider, { periods: 40 }));
    terms = await readAuditTerms(view);
  });
  after(async () => chain?.stop());

  async function escrowOf(sender: TxSender): Promise<bigint> {
    return (await readBalances(view, sender.address)).escrow;
  }

  async function answerOf(audit: bigint, unit: Uint8Array): Promise<Uint8Array> {
    const leaves = await readAuditLeaves(view, audit);
    const agreement = (await readAudit(view, audit)).agreement;
    return joinPaths(leaves.map((leaf) => ({ agreement, leaf, path: leafPathInUnit(unit, Number(leaf)) })));
  }

  it('opens an audit that its provider answers', async () => {
    const [before, earned] = [await escrowOf(client), await escrowOf(provider.sender)];
    const { audit, deadline, openedAt, bond } = await openAudit(client, { id });
    expect([audit, bond, BigInt(deadline - openedAt)]).to.deep.equal([1n, terms.bond, terms.windowBlocks]);
    expect(before - (await escrowOf(client))).to.equal(bond);
    await chain.mine(1);
    expect(await readAuditLeaves(view, audit)).to.have.length(5);
    const early = await rejection(closeAudit(client, { audit }));
    expect(early.code).to.equal('audits-still-open');
    const wrong = await rejection(answerAudit(key, { audit, proof: await answerOf(audit, unitOf(2)) }));
    expect(wrong.code).to.equal('audits-wrong-root');
    await answerAudit(key, { audit, proof: await answerOf(audit, unitOf(1)) });
    expect((await escrowOf(provider.sender)) - earned).to.equal(bond - (bond * terms.burnBps) / 10_000n);
    expect((await readAudit(view, audit)).open).to.equal(false);
    const twice = await rejection(closeAudit(client, { audit }));
    expect(twice.code).to.equal('audits-not-open');
  });

  it('lets a session key open one, out of its budget and until it is revoked', async () => {
    const { seconds } = await readChainTime(view);
    const stranger = await rejection(openAudit(key, { id, owner: client.address }));
    expect([stranger.code, stranger.hint?.includes('wallet session authorize')]).to.deep.equal([
      'escrow-no-session',
      true,
    ]);
    const owner = client.address;
    await authorizeSession(client, { key: key.address, budget: TOKEN, expiry: seconds + 3_600 });
    expect(await readSession(view, { owner, key: key.address })).to.deep.equal({
      budget: TOKEN,
      expiry: seconds + 3_600,
    });
    const { audit } = await openAudit(key, { id, owner });
    await chain.mine(1);
    await answerAudit(provider.sender, { audit, proof: await answerOf(audit, unitOf(1)) });
    const term = (await readAgreement(view, id)).periods;
    await topUp(key, { id, periods: 3, payer: owner, askId: provider.askId });
    expect((await readAgreement(view, id)).periods).to.equal(term + 3);
    const left = await readSession(view, { owner, key: key.address });
    expect(left !== undefined && left.budget < TOKEN - terms.bond, 'bond and rent count').to.equal(true);
    await revokeSession(client, { key: key.address });
    expect(await readSession(view, { owner, key: key.address })).to.equal(undefined);
    expect((await rejection(openAudit(key, { id, owner }))).code).to.equal('escrow-no-session');
  });

  it('closes what was not answered, and the agreement fails; what is void brings the bond back too', async () => {
    const lost = await form(client, other, await draft(client, other, { periods: 40 }));
    const conceded = await form(client, other, await draft(client, other, { periods: 40 }));
    const [first, second] = [await openAudit(client, { id: lost }), await openAudit(client, { id: conceded })];
    await concede(other.sender, { id: conceded });
    const before = await escrowOf(client);
    expect((await closeAudit(key, { audit: second.audit })).outcome).to.equal('voided');
    expect((await escrowOf(client)) - before).to.equal(terms.bond);
    await chain.mine(Number(terms.windowBlocks));
    expect((await closeAudit(key, { audit: first.audit })).outcome).to.equal('failed');
    expect((await readAgreement(view, lost)).status).to.equal(AgreementStatus.failed);
    expect((await escrowOf(client)) - before > 2n * terms.bond, 'the bond and more').to.equal(true);
  });

  it('tells all of it to the index, and to the provider in its log', async () => {
    await watcher.syncOnce();
    expect((await index.auditsOf([id])).map(({ audit, status }) => [audit, status])).to.deep.equal([
      [1n, 'answered'],
      [2n, 'answered'],
    ]);
    expect(await index.openAudits()).to.deep.equal([]);
    const audits = await index.audits([1n, 3n, 4n]);
    expect([audits.get(3n)?.status, audits.get(4n)?.status]).to.deep.equal(['failed', 'voided']);
    expect(audits.get(1n)).to.include({ challenger: client.address, bond: terms.bond });
    expect(await index.provider(provider.id)).to.include({ auditsAnswered: 2, auditsFailed: 0 });
    expect(await index.provider(other.id)).to.include({ auditsAnswered: 0, auditsFailed: 1 });
    const to = await view.client.getBlockNumber();
    const log = await readAgreementLog(view, { provider: other.id, operatorAccount: 0 }, { from: 0n, to });
    const { audits: told } = log;
    // Both as the provider and as its clients reckon.
    const ceilings = await Promise.all(log.formed.map((formed) => readCeiling(view, formed)));
    expect(ceilings).to.deep.equal([RETRIEVAL_PRICE, RETRIEVAL_PRICE]);
    const rows = await index.agreementsOfProvider(other.id);
    expect(rows.map(({ retrievalCeiling }) => retrievalCeiling)).to.deep.equal(ceilings);
    expect(
      told.map((news) => ('opened' in news ? `opened ${news.opened.number}` : `${news.outcome} ${news.number}`)),
    ).to.deep.equal(['opened 3', 'opened 4', 'voided 4', 'failed 3']);
  });

  it('declares maintenance, replaces it and takes it back', async () => {
    const period = await readCurrentPeriod(view);
    await declareMaintenance(other.sender, { provider: other.id, fromPeriod: period + 5, periods: 2 });
    await declareMaintenance(other.sender, { provider: other.id, fromPeriod: period + 6, periods: 3 });
    expect(await readMaintenance(view, other.id)).to.include({ fromPeriod: period + 6, untilPeriod: period + 9 });
    await declareMaintenance(other.sender, { provider: other.id, fromPeriod: period + 6, periods: 0 });
    expect(await readMaintenance(view, other.id)).to.equal(undefined);
    const declare = async (from: number, periods: number, sender = other.sender): Promise<string> =>
      (await rejection(declareMaintenance(sender, { provider: other.id, fromPeriod: from, periods }))).code;
    expect(await declare(period, 1)).to.equal('possession-proofs-maintenance-too-late');
    expect(await declare(period + 2, 5)).to.equal('possession-proofs-maintenance-too-long');
    expect(await declare(period + 2, 1, client)).to.equal('possession-proofs-not-authorized');
  });

  it('owes a report fee, which anybody has paid out once', async () => {
    await form(client, other, await draft(client, other));
    const opening = await readOpeningBlock(view, (await readCurrentPeriod(view)) + 2);
    await chain.mine(Number(opening - (await view.client.getBlockNumber())) + 1);
    const { operatorAccount: account } = await readProvider(view, provider.id);
    const { logs } = await recordMisses(client, { provider: other.id, reporter: account });
    const [owed] = parseEventLogs({ abi: collateralAbi, eventName: 'ReportFeeOwed', logs });
    const { slash, amount } = owed!.args;
    const before = await escrowOf(provider.sender);
    await claimReportFee(key, { provider: other.id, slash });
    expect((await escrowOf(provider.sender)) - before).to.equal(amount);
    const again = await rejection(claimReportFee(key, { provider: other.id, slash }));
    expect(again.code).to.equal('collateral-no-report-fee');
    const to = await view.client.getBlockNumber();
    const owner = { provider: provider.id, operatorAccount: account };
    const { fees } = await readAgreementLog(view, owner, { from: 0n, to });
    expect(fees.map(({ kind, provider: missed }) => [kind, missed])).to.deep.equal([
      ['owed', other.id],
      ['paid', other.id],
    ]);
  });
});
