import { isAddressEqual, zeroHash } from 'viem';

import { assignPlacement } from '../chain/actions/assign-placement.ts';
import { declareCapacity } from '../chain/actions/declare-capacity.ts';
import { planDeposit } from '../chain/actions/deposit.ts';
import { readCoveredCapacity } from '../chain/actions/read-covered-capacity.ts';
import type { MarketParameters } from '../chain/actions/read-market-parameters.ts';
import { readProvider } from '../chain/actions/read-provider.ts';
import { readProviderOfNode } from '../chain/actions/read-provider-of-node.ts';
import { readStake } from '../chain/actions/read-stake.ts';
import { stake } from '../chain/actions/stake.ts';
import type { ChainView } from '../chain/client.ts';
import type { DrySender } from '../chain/dry-sender.ts';
import { formatTokens } from '../market/money.ts';
import type { EnrolmentInit } from './enrolment.ts';
import { missingInEscrow, operatorMissing, requireGas, totalOf } from './enrolment-checks.ts';

/** Gas of the steps that the chain cannot try beforehand, measured on the contracts and rounded up. */
const REGISTER_GAS = 300_000n;
const PLACEMENT_GAS = 110_000n;
const STAKE_GAS = 110_000n;
const CAPACITY_GAS = 90_000n;

export interface EnrolmentPlanComponents {
  view: ChainView;
  nodeSender: DrySender;
  /** Undefined when the operator's key is kept elsewhere. */
  operatorSender: DrySender | undefined;
  parameters: MarketParameters;
}

/** What enrolling would move and declare. Money in token wei. */
export interface EnrolmentPlan {
  /** Undefined when it is not registered yet. */
  provider: number | undefined;
  /** From the operator's wallet into its escrow account. */
  deposit: bigint;
  bond: bigint;
  stake: bigint;
  /** Undefined when what was declared stays. */
  capacityUnits: number | undefined;
}

interface CallOptions {
  signal?: AbortSignal | undefined;
}

/**
 * What `Enrolment.enrol` would do, in its order and with its refusals. A step that needs an earlier one, or a signature of the node key, is planned
 * without asking the chain.
 * @throws StowError `provider-not-registered`, `funds-short`, `gas-short`, `wallet-short`
 */
export async function planEnrolment(
  components: EnrolmentPlanComponents,
  init: EnrolmentInit,
  options: CallOptions,
): Promise<EnrolmentPlan> {
  const { view, nodeSender } = components;
  const { signal } = options;
  await requireGas(view, nodeSender.address, 'node key', signal);
  const provider = await readProviderOfNode(view, nodeSender.address, { signal });
  return provider === 0 ? planAnew(components, init, options) : planRest(components, init, provider, options);
}

async function planAnew(
  { view, nodeSender, operatorSender, parameters }: EnrolmentPlanComponents,
  init: EnrolmentInit,
  options: CallOptions,
): Promise<EnrolmentPlan> {
  const { contracts } = view.deployment;
  const { bond } = parameters;
  if (operatorSender === undefined) throw operatorMissing(nodeSender.address);
  await requireGas(view, operatorSender.address, 'operator', options.signal);
  const deposit = await planFunding(operatorSender, bond + init.stake, 'the bond and the stake', options);
  const registry = { to: contracts.nodeRegistry };
  const doing = `register node key ${nodeSender.address}`;
  await operatorSender.assume({ doing, ...registry, gas: REGISTER_GAS }, options);
  await nodeSender.assume({ doing: 'assign it its placement id', ...registry, gas: PLACEMENT_GAS }, options);
  if (init.stake > 0n) {
    const staking = { doing: `stake ${formatTokens(init.stake)} for it`, to: contracts.collateral, gas: STAKE_GAS };
    await operatorSender.assume(staking, options);
  }
  await nodeSender.assume({ doing: 'declare its capacity', ...registry, gas: CAPACITY_GAS }, options);
  return { provider: undefined, deposit, bond, stake: init.stake, capacityUnits: init.capacityUnits };
}

async function planRest(
  components: EnrolmentPlanComponents,
  init: EnrolmentInit,
  provider: number,
  options: CallOptions,
): Promise<EnrolmentPlan> {
  const { view, nodeSender } = components;
  const registered = await readProvider(view, provider, options);
  if (registered.placementId === zeroHash) await assignPlacement(nodeSender, { provider }, options);
  const { deposit, staked } = await planStake(components, init, { provider, operator: registered.operator }, options);
  const capacityUnits = await planCapacity(components, init, { provider, registered, staked }, options);
  return { provider, deposit, bond: 0n, stake: staked, capacityUnits };
}

/** As far as the operator's key is here. */
async function planStake(
  { view, operatorSender, parameters }: EnrolmentPlanComponents,
  init: EnrolmentInit,
  { provider, operator }: { provider: number; operator: `0x${string}` },
  options: CallOptions,
): Promise<{ deposit: bigint; staked: bigint }> {
  const missing = parameters.bond + init.stake - totalOf(await readStake(view, provider, options));
  const isHere = operatorSender !== undefined && isAddressEqual(operatorSender.address, operator);
  if (missing <= 0n || !isHere) return { deposit: 0n, staked: 0n };
  await requireGas(view, operatorSender.address, 'operator', options.signal);
  const deposit = await planFunding(operatorSender, missing, 'the stake', options);
  const { collateral } = view.deployment.contracts;
  const doing = `stake ${formatTokens(missing)} for provider ${provider}`;
  if (deposit > 0n) await operatorSender.assume({ doing, to: collateral, gas: STAKE_GAS }, options);
  else await stake(operatorSender, { provider, amount: missing }, options);
  return { deposit, staked: missing };
}

async function planCapacity(
  { view, nodeSender }: EnrolmentPlanComponents,
  { capacityUnits: wanted }: EnrolmentInit,
  { provider, registered, staked }: { provider: number; registered: { capacity: number }; staked: bigint },
  options: CallOptions,
): Promise<number | undefined> {
  if (registered.capacity === wanted) return undefined;
  if (staked > 0n) {
    const { nodeRegistry: to } = view.deployment.contracts;
    await nodeSender.assume({ doing: `declare the capacity of provider ${provider}`, to, gas: CAPACITY_GAS }, options);
    return wanted;
  }
  const covered = await readCoveredCapacity(view, provider, options);
  const units = covered < wanted ? Number(covered) : wanted;
  if (units === registered.capacity) return undefined;
  await declareCapacity(nodeSender, { provider, units }, options);
  return units;
}

/** Plans the deposit that covers `needed`; how much that is, token wei. */
async function planFunding(operator: DrySender, needed: bigint, what: string, options: CallOptions): Promise<bigint> {
  const amount = await missingInEscrow(operator, needed, what, options.signal);
  if (amount > 0n) await planDeposit(operator, { amount }, options);
  return amount;
}
