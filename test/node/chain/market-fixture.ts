import { hash } from 'node:crypto';

import type { HDAccount, PrivateKeyAccount } from 'viem/accounts';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

import { assignPlacement } from '../../../node/chain/actions/assign-placement.ts';
import { declareCapacity } from '../../../node/chain/actions/declare-capacity.ts';
import { deposit } from '../../../node/chain/actions/deposit.ts';
import { formAgreements } from '../../../node/chain/actions/form-agreements.ts';
import { postAsk } from '../../../node/chain/actions/post-ask.ts';
import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import { readDraws } from '../../../node/chain/actions/read-draws.ts';
import { registerProvider } from '../../../node/chain/actions/register-provider.ts';
import { stake } from '../../../node/chain/actions/stake.ts';
import { type ChainView, connectChain } from '../../../node/chain/client.ts';
import { type TxSenderInit, TxSender } from '../../../node/chain/tx-sender.ts';
import { signAgreement } from '../../../node/chain/typed-data.ts';
import { systemClock } from '../../../node/core/clock.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { to0x } from '../../../node/core/bytes.ts';
import {
  type AgreementId,
  type Ask,
  type BidTerms,
  Rest,
  type StorageAgreement,
} from '../../../node/market/messages.ts';
import { leafPathInUnit, unitRoot } from '../../../node/pipeline/merkle/unit-tree.ts';
import { joinPaths } from '../../../node/proofs/shared-paths.ts';
import type { TestChain } from '../support/chain.ts';

export const TOKEN = 10n ** 18n;
/** Fast polling: the chain mines each transaction at once. */
export const FAST: TxSenderInit = { pollMs: 10 };

export interface TestProvider {
  id: number;
  nodeKey: PrivateKeyAccount;
  sender: TxSender;
  askId: bigint;
  ask: Ask;
}

export async function connect(chain: TestChain, rpcUrl = chain.rpcUrl): Promise<ChainView> {
  return connectChain({ rpcUrl, deployments: chain.deploymentsDir });
}

export function senderOf(view: ChainView, account: HDAccount | PrivateKeyAccount, init: TxSenderInit = FAST): TxSender {
  return new TxSender({ view, account, logger: silentLogger, clock: systemClock }, init);
}

/** 64 KiB that depend on `seed`. */
export function unitOf(seed: number): Uint8Array {
  return Buffer.alloc(UNIT_BYTES, hash('sha256', `unit ${seed}`, 'buffer'));
}

export function rootOf(unit: Uint8Array): `0x${string}` {
  return to0x(unitRoot(unit));
}

/** Registers, stakes and posts an ask. */
export async function enrol(view: ChainView, account: HDAccount, terms: Partial<Ask> = {}): Promise<TestProvider> {
  const sender = senderOf(view, account);
  await deposit(sender, { amount: 200n * TOKEN });
  const nodeKey = privateKeyToAccount(generatePrivateKey());
  const { provider: id } = await registerProvider(sender, {
    nodeKey,
    region: 276,
    addresses: ['/ip4/127.0.0.1/tcp/1', '/ip4/127.0.0.1/tcp/2'],
  });
  await assignPlacement(sender, { provider: id });
  await stake(sender, { provider: id, amount: 50n * TOKEN });
  await declareCapacity(sender, { provider: id, units: 1_000_000 });
  const { seconds } = await readChainTime(view);
  const ask: Ask = {
    provider: id,
    pricePerUnitPeriod: 10n ** 12n,
    unitsLeft: 1_000,
    minUnits: 1,
    maxUnits: 100,
    expiry: seconds + 86_400,
    collateralPeriods: 10,
    minPeriods: 2,
    maxPeriods: 50,
    region: 276,
    minClientDeposit: 0n,
    retrievalPricePerMiB: 0n,
    premiumBps: 0,
    ceiling: 0n,
    ...terms,
  };
  const { askId } = await postAsk(sender, { ask });
  return { id, nodeKey, sender, askId, ask };
}

let nonce = 0n;

/** An agreement that takes a provider's ask for one unit. */
export async function draft(
  client: TxSender,
  provider: TestProvider,
  values: Partial<StorageAgreement> = {},
): Promise<StorageAgreement> {
  const { seconds } = await readChainTime(client.view);
  nonce += 1n;
  const units = values.units ?? 1;
  const price = values.pricePerUnitPeriod ?? provider.ask.pricePerUnitPeriod;
  return {
    client: client.address,
    provider: provider.id,
    objectKey: to0x(hash('sha256', `object ${nonce}`, 'buffer')),
    shardIndex: 0,
    shardRoot: rootOf(unitOf(1)),
    units,
    pricePerUnitPeriod: price,
    periods: 5,
    collateral: price * BigInt(units) * BigInt(provider.ask.collateralPeriods),
    askId: provider.askId,
    bidId: 0n,
    nonce,
    deadline: BigInt(seconds + 3_600),
    ...values,
  };
}

/** Signs and forms one agreement. */
export async function form(
  client: TxSender,
  provider: TestProvider,
  agreement: StorageAgreement,
): Promise<AgreementId> {
  const signature = await signAgreement(provider.nodeKey, client.view.deployment, agreement);
  const { ids } = await formAgreements(client, { agreements: [agreement], providerSignatures: [signature] });
  return ids[0]!;
}

/** The proof that a provider owes now, when every shard it holds is the one unit given. */
export async function proofOf(view: ChainView, provider: number, unit: Uint8Array): Promise<Uint8Array> {
  const draws = await readDraws(view, provider);
  const shown = draws.filter((draw) => !draw.conceded);
  return joinPaths(shown.map(({ agreement, leaf }) => ({ agreement, leaf, path: leafPathInUnit(unit, Number(leaf)) })));
}

/** A bid for three shards of two units over five periods, which stands for so many seconds more than anything here takes. @param now unix seconds */
export function sampleBid(now: number, over: Partial<BidTerms> = {}): BidTerms {
  return {
    objectKey: `0x${'ab'.repeat(32)}`,
    shardsRoot: `0x${'cd'.repeat(32)}`,
    units: 2,
    periods: 5,
    shards: 3,
    rest: Rest.stand,
    region: 0,
    minScoreBps: 0,
    collateralPeriods: 3,
    expiry: now + 1_000_000,
    climbSeconds: 0,
    startPrice: 10n ** 12n,
    ceiling: 10n ** 12n,
    ...over,
  };
}
