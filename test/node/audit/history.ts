import { agreementsAbi } from '../../../node/chain/abi/agreements.ts';
import { escrowAbi } from '../../../node/chain/abi/escrow.ts';
import { nodeRegistryAbi } from '../../../node/chain/abi/node-registry.ts';
import { repairsAbi } from '../../../node/chain/abi/repairs.ts';
import { amendAsk } from '../../../node/chain/actions/amend-ask.ts';
import { answerAudit } from '../../../node/chain/actions/answer-audit.ts';
import { authorizeSession } from '../../../node/chain/actions/authorize-session.ts';
import { cancelAsks } from '../../../node/chain/actions/cancel-asks.ts';
import { claimReportFee } from '../../../node/chain/actions/claim-report-fee.ts';
import { closeAudit } from '../../../node/chain/actions/close-audit.ts';
import { concede } from '../../../node/chain/actions/concede.ts';
import { declareMaintenance } from '../../../node/chain/actions/declare-maintenance.ts';
import { deposit } from '../../../node/chain/actions/deposit.ts';
import { endAgreement } from '../../../node/chain/actions/end-agreement.ts';
import { formAgreements } from '../../../node/chain/actions/form-agreements.ts';
import { giveNotice } from '../../../node/chain/actions/give-notice.ts';
import { openAudit } from '../../../node/chain/actions/open-audit.ts';
import { postAsk } from '../../../node/chain/actions/post-ask.ts';
import { prove } from '../../../node/chain/actions/prove.ts';
import { readAuditLeaves } from '../../../node/chain/actions/read-audit-leaves.ts';
import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import { readCurrentPeriod } from '../../../node/chain/actions/read-current-period.ts';
import { readOpeningBlock } from '../../../node/chain/actions/read-opening-block.ts';
import { recordMisses } from '../../../node/chain/actions/record-misses.ts';
import { requestUnbond } from '../../../node/chain/actions/request-unbond.ts';
import { revokeNonces } from '../../../node/chain/actions/revoke-nonces.ts';
import { revokeSession } from '../../../node/chain/actions/revoke-session.ts';
import { settle } from '../../../node/chain/actions/settle.ts';
import { stake } from '../../../node/chain/actions/stake.ts';
import { topUp } from '../../../node/chain/actions/top-up.ts';
import { updateAddresses } from '../../../node/chain/actions/update-addresses.ts';
import { withdraw } from '../../../node/chain/actions/withdraw.ts';
import { withdrawUnbonded } from '../../../node/chain/actions/withdraw-unbonded.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { contractCall } from '../../../node/chain/contract-call.ts';
import { LogReader } from '../../../node/chain/log-reader.ts';
import type { MarketEvent } from '../../../node/chain/market-events.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import { agreementsDomain, signAgreement } from '../../../node/chain/typed-data.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import type { AgreementId, Hex } from '../../../node/market/messages.ts';
import { leafPathInUnit } from '../../../node/pipeline/merkle/unit-tree.ts';
import { joinPaths } from '../../../node/proofs/shared-paths.ts';
import { type TestProvider, TOKEN, draft, enrol, form, proofOf, senderOf, unitOf } from '../chain/market-fixture.ts';
import { handOver } from '../chain/hand-over.ts';
import type { TestChain } from '../support/chain.ts';
import { ChannelsHistory } from './channels.ts';
import { DemandsHistory } from './demands.ts';
import { OrdersHistory } from './orders.ts';

const HOUR_S = 3_600;
const renewalTypes = {
  Renewal: [
    { name: 'agreement', type: 'uint64' },
    { name: 'client', type: 'address' },
    { name: 'periods', type: 'uint24' },
    { name: 'nonce', type: 'uint64' },
    { name: 'deadline', type: 'uint64' },
  ],
} as const;
/** A life of a market in which everything happens that has an event. */
export class History {
  readonly #chain: TestChain;
  readonly #view: ChainView;
  readonly client: TxSender;
  readonly #key: TxSender;
  #providers: TestProvider[] = [];

  constructor(chain: TestChain, view: ChainView) {
    this.#chain = chain;
    this.#view = view;
    this.client = senderOf(view, chain.accounts[1]!);
    this.#key = senderOf(view, chain.accounts[5]!);
  }

  /** Plays all of it. @returns an agreement that was settled, slashed and failed */
  async play(): Promise<AgreementId> {
    await this.#open();
    const [steady, careless, lazy] = this.#providers as [TestProvider, TestProvider, TestProvider];
    const kept = await this.#form(steady, { periods: 12 });
    const { ids, objectKey } = await this.#formTwo(steady, careless);
    const [noticed, conceded] = ids;
    const passed = await draft(this.client, careless, { periods: 20 });
    const passedId = await form(this.client, careless, passed);
    const failed = await this.#form(lazy, { periods: 20 });
    const unanswered = await this.#form(careless, { periods: 20 });
    const refused = await this.#form(careless, { periods: 20 });
    const short = await this.#form(steady, { periods: 2 });
    const orders = new OrdersHistory(this.#view, this.client);
    await orders.signedAsk(steady);
    await orders.bids(steady, careless);
    await revokeNonces(this.client, { word: 9n, mask: 5n });
    await new ChannelsHistory(this.#chain, this.#view, this.client).play(steady);

    await this.#nextPeriod([steady, careless, lazy]);
    await this.#answeredAudit(kept);
    const demands = new DemandsHistory(this.#view, this.client);
    await demands.shown(kept, this.#key);
    await this.#sessions(steady, kept);
    await this.#nextPeriod([steady, careless]);
    await this.#nextPeriod([steady, careless]);
    await this.#report(lazy);
    await claimReportFee(this.client, { provider: lazy.id, slash: 0 });
    await settle(this.client, { ids: [kept, noticed!, conceded!, failed] });
    await orders.countClients([kept]);
    await giveNotice(this.client, { id: noticed! });
    await this.#renew(steady, kept);
    await handOver(careless, { id: passedId, objectKey: passed.objectKey }, steady);
    const late = await openAudit(this.client, { id: unanswered });
    await demands.refused(refused);
    const voided = await openAudit(this.client, { id: conceded! });
    await concede(careless.sender, { id: conceded! });
    await this.#repair(conceded!, objectKey);
    await concede(careless.sender, { id: await orders.takeRepair(conceded!, careless) });
    await closeAudit(this.client, { audit: voided.audit });
    const period = await readCurrentPeriod(this.#view);
    await declareMaintenance(steady.sender, { provider: steady.id, fromPeriod: period + 1, periods: 2 });
    await this.#nextPeriod([careless]);
    await this.#pass(BigInt(late.deadline) + 1n);
    await closeAudit(this.client, { audit: late.audit });
    await this.#nextPeriod([]);
    await this.#report(lazy);
    await this.#nextPeriod([steady]);
    await endAgreement(this.client, { id: failed });
    await endAgreement(this.client, { id: short });
    await settle(this.client, { ids: [kept] });
    await demands.close();
    await this.#unbond(steady);
    await this.#nextPeriod([steady]);
    await this.#close();
    return failed;
  }

  /** Every event so far. */
  async events(): Promise<{ events: MarketEvent[]; block: bigint }> {
    const logs = new LogReader(this.#view, silentLogger);
    const block = await logs.head({});
    const events: MarketEvent[] = [];
    for (let next = this.#view.deployment.deployedAtBlock; next <= block;) {
      const batch = (await logs.read(next, block, {}))!;
      events.push(...batch.events);
      next = batch.to.number + 1n;
    }
    return { events, block };
  }

  async #open(): Promise<void> {
    await deposit(this.client, { amount: 100n * TOKEN });
    await withdraw(this.client, { to: this.client.address, amount: TOKEN });
    for (const account of this.#chain.accounts.slice(2, 5)) this.#providers.push(await enrol(this.#view, account));
    const [steady, careless, lazy] = this.#providers as [TestProvider, TestProvider, TestProvider];
    await amendAsk(careless.sender, { askId: careless.askId, ask: { ...careless.ask, unitsLeft: 900 } });
    const { askId } = await postAsk(lazy.sender, { ask: lazy.ask });
    await cancelAsks(lazy.sender, { provider: lazy.id, askIds: [askId] });
    await updateAddresses(steady.sender, { provider: steady.id, addresses: ['/ip4/127.0.0.1/tcp/9'] });
    await this.#send(
      lazy.sender,
      contractCall('revoke signatures', {
        address: this.#view.deployment.contracts.nodeRegistry,
        abi: nodeRegistryAbi,
        functionName: 'revokeSignatures',
        args: [lazy.id, 1_000n],
      }),
    );
  }

  async #form(provider: TestProvider, terms: { periods: number }): Promise<AgreementId> {
    return form(this.client, provider, await draft(this.client, provider, terms));
  }

  /** Two shards of one object, in one transaction. */
  async #formTwo(first: TestProvider, second: TestProvider): Promise<{ ids: readonly AgreementId[]; objectKey: Hex }> {
    const one = await draft(this.client, first, { periods: 15 });
    const two = await draft(this.client, second, { periods: 15, objectKey: one.objectKey, shardIndex: 1 });
    const { deployment } = this.#view;
    const providerSignatures = [
      await signAgreement(first.nodeKey, deployment, one),
      await signAgreement(second.nodeKey, deployment, two),
    ];
    const { ids } = await formAgreements(this.client, { agreements: [one, two], providerSignatures });
    return { ids, objectKey: one.objectKey };
  }

  /** Anybody posts a bid for a lost shard, as its client allows. */
  async #repair(lost: AgreementId, objectKey: Hex): Promise<void> {
    const { seconds } = await readChainTime(this.#view);
    const { repairs } = this.#view.deployment.contracts;
    await authorizeSession(this.client, { key: repairs, budget: TOKEN, expiry: seconds + HOUR_S });
    const args = [lost, this.client.address, objectKey] as const;
    await this.#key.send(contractCall('repair', { address: repairs, abi: repairsAbi, functionName: 'post', args }));
  }

  async #answeredAudit(id: AgreementId): Promise<void> {
    const { audit } = await openAudit(this.client, { id });
    await this.#chain.mine(1);
    const leaves = await readAuditLeaves(this.#view, audit);
    const shown = leaves.map((leaf) => ({ agreement: id, leaf, path: leafPathInUnit(unitOf(1), Number(leaf)) }));
    await answerAudit(this.#key, { audit, proof: joinPaths(shown) });
  }

  async #sessions(provider: TestProvider, id: AgreementId): Promise<void> {
    const { seconds } = await readChainTime(this.#view);
    const owner = this.client.address;
    const key = this.#key.address;
    await authorizeSession(this.client, { key, budget: TOKEN, expiry: seconds + HOUR_S });
    await topUp(this.#key, { id, payer: owner, periods: 3, askId: provider.askId });
    await stake(this.#key, { provider: provider.id, owner, amount: 1_000n });
    await revokeSession(this.client, { key });
    await authorizeSession(this.client, {
      key: this.#chain.accounts[6]!.address,
      budget: 7n,
      expiry: seconds + HOUR_S,
    });
  }

  async #report(provider: TestProvider): Promise<void> {
    const reporter = await this.#view.client.readContract({
      address: this.#view.deployment.contracts.escrow,
      abi: escrowAbi,
      functionName: 'accountOf',
      args: [this.client.address],
    });
    await recordMisses(this.client, { provider: provider.id, reporter });
  }

  async #renew(provider: TestProvider, id: AgreementId): Promise<void> {
    const { seconds } = await readChainTime(this.#view);
    const message = {
      agreement: id,
      client: this.client.address,
      periods: 2,
      nonce: 70_000n,
      deadline: BigInt(seconds + HOUR_S),
    };
    const domain = agreementsDomain(this.#view.deployment);
    const typed = { domain, types: renewalTypes, primaryType: 'Renewal', message } as const;
    await this.#send(
      this.client,
      contractCall('renew', {
        address: this.#view.deployment.contracts.agreements,
        abi: agreementsAbi,
        functionName: 'renew',
        args: [message, await provider.nodeKey.signTypedData(typed), '0x'],
      }),
    );
  }

  async #unbond({ id: provider, sender }: TestProvider): Promise<void> {
    await requestUnbond(sender, { provider, amount: TOKEN });
    await this.#chain.rpc('evm_increaseTime', HOUR_S);
    await this.#chain.mine(1);
    await withdrawUnbonded(sender, { provider });
    await requestUnbond(sender, { provider, amount: 2n * TOKEN });
  }

  async #close(): Promise<void> {
    await this.#send(
      this.client,
      contractCall('sweep', {
        address: this.#view.deployment.contracts.escrow,
        abi: escrowAbi,
        functionName: 'sweepBurned',
        args: [],
      }),
    );
  }

  async #send(sender: TxSender, call: ReturnType<typeof contractCall>): Promise<void> {
    await sender.send(call);
  }

  /** To the next period, in which these prove. */
  async #nextPeriod(provers: readonly TestProvider[]): Promise<void> {
    const period = (await readCurrentPeriod(this.#view)) + 1;
    await this.#pass((await readOpeningBlock(this.#view, period)) + 1n);
    for (const { id: provider, sender } of provers)
      await prove(sender, { provider, period, proof: await proofOf(this.#view, provider, unitOf(1)) });
  }

  /** Until that block is over. */
  async #pass(block: bigint): Promise<void> {
    const head = await this.#view.client.getBlockNumber();
    if (block > head) await this.#chain.mine(Number(block - head));
  }
}
