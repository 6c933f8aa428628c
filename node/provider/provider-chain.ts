import { possessionProofsAbi } from '../chain/abi/possession-proofs.ts';
import { abortable } from '../chain/abortable.ts';
import { amendAsk } from '../chain/actions/amend-ask.ts';
import { answerAudit } from '../chain/actions/answer-audit.ts';
import { answerBid, type BidAnswer } from '../chain/actions/answer-bid.ts';
import { cancelAsks } from '../chain/actions/cancel-asks.ts';
import { claimReportFee } from '../chain/actions/claim-report-fee.ts';
import { concede } from '../chain/actions/concede.ts';
import { countClients } from '../chain/actions/count-clients.ts';
import { endAgreement } from '../chain/actions/end-agreement.ts';
import { postAsk } from '../chain/actions/post-ask.ts';
import { prove } from '../chain/actions/prove.ts';
import { readAccountNumber } from '../chain/actions/read-account-number.ts';
import { readAgreement } from '../chain/actions/read-agreement.ts';
import { readAsk } from '../chain/actions/read-ask.ts';
import { readAsks } from '../chain/actions/read-asks.ts';
import { answerDemand } from '../chain/actions/answer-demand.ts';
import { readDemand } from '../chain/actions/read-demand.ts';
import { readAudit } from '../chain/actions/read-audit.ts';
import { readAuditLeaves } from '../chain/actions/read-audit-leaves.ts';
import { readAvailable } from '../chain/actions/read-available.ts';
import { readBalances } from '../chain/actions/read-balances.ts';
import { readBid } from '../chain/actions/read-bid.ts';
import { readChannel } from '../chain/actions/read-channel.ts';
import { readChainTime } from '../chain/actions/read-chain-time.ts';
import { readDraws } from '../chain/actions/read-draws.ts';
import { readDuty } from '../chain/actions/read-duty.ts';
import { readGasPrice } from '../chain/actions/read-gas-price.ts';
import { readIsNonceUsed } from '../chain/actions/read-is-nonce-used.ts';
import { readIsProven } from '../chain/actions/read-is-proven.ts';
import { readLockable } from '../chain/actions/read-lockable.ts';
import { readMaintenance } from '../chain/actions/read-maintenance.ts';
import { readNewestBids } from '../chain/actions/read-newest-bids.ts';
import { readProviderCount } from '../chain/actions/read-provider.ts';
import { readQuote } from '../chain/actions/read-quote.ts';
import { readReputation } from '../chain/actions/read-reputation.ts';
import { readSeries } from '../chain/actions/read-series.ts';
import { readSharedUntil } from '../chain/actions/read-shared-until.ts';
import { readSigner } from '../chain/actions/read-signer.ts';
import { readStake } from '../chain/actions/read-stake.ts';
import { readStanding } from '../chain/actions/read-standing.ts';
import { readUnrecordedMisses } from '../chain/actions/read-unrecorded-misses.ts';
import { redeemVouchers } from '../chain/actions/redeem-vouchers.ts';
import { recordMisses } from '../chain/actions/record-misses.ts';
import { settle } from '../chain/actions/settle.ts';
import { startSeries } from '../chain/actions/start-series.ts';
import { readContract } from '../chain/contract-call.ts';
import { toChainError } from '../chain/errors.ts';
import type { Sender } from '../chain/tx-sender.ts';
import type { Address, AgreementId, Ask, Hex, SignedVoucher } from '../market/messages.ts';
import { askAt } from '../market/peg.ts';
import { readAgreementLog, type LogOwner } from './agreement-log.ts';
import { readChannelLog } from './retrieval/channel-log.ts';
import { type FormedAgreement, readCeiling } from './retrieval/read-ceiling.ts';

type Signal = AbortSignal | undefined;

/** The chain as one registered provider sees it. Services take the part of it that they use. */
export type ProviderChain = ReturnType<typeof providerChain>;

/** Binds the chain's actions to one provider and its node key. */
export function providerChain(sender: Sender, owner: LogOwner) {
  const { provider, operatorAccount: reporter } = owner;
  const { view } = sender;
  return {
    provider,
    nodeAddress: sender.address,
    time: (signal?: Signal) => readChainTime(view, { signal }),
    agreementLog: (from: bigint, to: bigint, signal?: Signal) => readAgreementLog(view, owner, { from, to }, signal),
    channelLog: (from: bigint, to: bigint, signal?: Signal) => readChannelLog(view, provider, { from, to }, signal),
    channel: (channel: bigint, signal?: Signal) => readChannel(view, channel, { signal }),
    redeem: (vouchers: readonly SignedVoucher[], signal?: Signal) => redeemVouchers(sender, vouchers, { signal }),
    provenPeriods: (before: number, signal?: Signal) => readProvenPeriods(sender, provider, before, signal),
    pendingTransactions: (signal?: Signal) => readPendingTransactions(sender, signal),
    duty: (signal?: Signal) => readDuty(view, provider, { signal }),
    draws: (signal?: Signal) => readDraws(view, provider, { signal }),
    isProven: (period: number, signal?: Signal) => readIsProven(view, provider, period, { signal }),
    prove: (period: number, proof: Uint8Array, signal?: Signal) =>
      prove(sender, { provider, period, proof }, { signal }),
    concede: (id: AgreementId, signal?: Signal) => concede(sender, { id }, { signal }),
    readCeiling: (formed: FormedAgreement, signal?: Signal) => readCeiling(view, formed, signal),
    agreement: (id: AgreementId, signal?: Signal) => readAgreement(view, id, { signal }),
    settle: (ids: readonly AgreementId[], signal?: Signal) => settle(sender, { ids }, { signal }),
    end: (id: AgreementId, signal?: Signal) => endAgreement(sender, { id }, { signal }),
    providerCount: (signal?: Signal) => readProviderCount(view, { signal }),
    unrecordedMisses: (of: number, signal?: Signal) => readUnrecordedMisses(view, of, { signal }),
    recordMisses: (of: number, signal?: Signal) => recordMisses(sender, { provider: of, reporter }, { signal }),
    claimReportFee: (of: number, slash: number, signal?: Signal) =>
      claimReportFee(sender, { provider: of, slash }, { signal }),
    standing: (signal?: Signal) => readStanding(view, provider, { signal }),
    accountNumber: (client: Address, signal?: Signal) => readAccountNumber(view, client, { signal }),
    countClients: (ids: readonly AgreementId[], signal?: Signal) => countClients(sender, { ids }, { signal }),
    maintenance: (signal?: Signal) => readMaintenance(view, provider, { signal }),
    audit: (audit: bigint, signal?: Signal) => readAudit(view, audit, { signal }),
    auditLeaves: (audit: bigint, signal?: Signal) => readAuditLeaves(view, audit, { signal }),
    answerAudit: (audit: bigint, proof: Uint8Array, signal?: Signal) =>
      answerAudit(sender, { audit, proof }, { signal }),
    demand: (demand: bigint, signal?: Signal) => readDemand(view, demand, { signal }),
    answerDemand: (demand: bigint, opening: Uint8Array, signal?: Signal) =>
      answerDemand(sender, { demand, opening }, { signal }),
    ask: (askId: bigint, signal?: Signal) => readAsk(view, askId, { signal }),
    askNow: (askId: bigint, signal?: Signal) => readAskNow(sender, askId, signal),
    asks: (signal?: Signal) => readAsks(view, { signal }),
    quote: (signal?: Signal) => readQuote(view, { signal }),
    seriesOf: (of: number, signal?: Signal) => readSeries(view, of, { signal }),
    signerOf: (of: number, signal?: Signal) => readSigner(view, of, { signal }),
    startSeries: (signal?: Signal) => startSeries(sender, { provider }, { signal }),
    cancelAsks: (askIds: readonly bigint[], signal?: Signal) => cancelAsks(sender, { provider, askIds }, { signal }),
    postAsk: (ask: Ask, signal?: Signal) => postAsk(sender, { ask }, { signal }),
    amendAsk: (askId: bigint, ask: Ask, signal?: Signal) => amendAsk(sender, { askId, ask }, { signal }),
    bid: (bidId: bigint, signal?: Signal) => readBid(view, bidId, { signal }),
    answerBid: (bidId: bigint, answer: BidAnswer, signal?: Signal) =>
      answerBid(sender, { bidId, answers: [answer] }, { signal }),
    newestBids: (max: number, signal?: Signal) => readNewestBids(view, { max }, { signal }),
    availableOf: (client: Address, signal?: Signal) => readAvailable(view, client, { signal }),
    lockable: (signal?: Signal) => readLockable(view, provider, { signal }),
    stake: (signal?: Signal) => readStake(view, provider, { signal }),
    isNonceUsed: (client: Address, nonce: bigint, signal?: Signal) => readIsNonceUsed(view, client, nonce, { signal }),
    reputation: (period: number, signal?: Signal) => readReputation(view, { provider, period }, { signal }),
    sharedUntil: (of: { client: Address; objectKey: Hex }, reader: Address, signal?: Signal) =>
      readSharedUntil(view, { owner: of.client, objectKey: of.objectKey, reader }, { signal }),
    balances: (signal?: Signal) => readBalances(view, sender.address, { signal }),
    gasPrice: (signal?: Signal) => readGasPrice(view, { signal }),
  };
}

/** An ask with what it wants in this period. */
async function readAskNow({ view }: Sender, askId: bigint, signal: Signal): Promise<Ask> {
  const ask = await readAsk(view, askId, { signal });
  return ask.premiumBps === 0 ? ask : askAt(ask, await readQuote(view, { signal }));
}

/** Proven periods of a provider before `before`. */
async function readProvenPeriods(sender: Sender, provider: number, before: number, signal: Signal): Promise<number> {
  const { view } = sender;
  return readContract(
    view,
    `count the proven periods of provider ${provider}`,
    {
      address: view.deployment.contracts.possessionProofs,
      abi: possessionProofsAbi,
      functionName: 'provenBetween',
      args: [provider, 1, before],
    },
    { signal },
  );
}

/** Transactions of the sender's key that the chain was handed and that are in no block yet. */
async function readPendingTransactions({ view, address }: Sender, signal: Signal): Promise<number> {
  try {
    const [mined, pending] = await abortable(
      Promise.all([
        view.client.getTransactionCount({ address, blockTag: 'latest' }),
        view.client.getTransactionCount({ address, blockTag: 'pending' }),
      ]),
      signal,
    );
    return Math.max(0, pending - mined);
  } catch (error) {
    signal?.throwIfAborted();
    throw toChainError(error, 'count the transactions under way');
  }
}
