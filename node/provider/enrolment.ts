import type { PrivateKeyAccount } from 'viem/accounts';
import { isAddressEqual, zeroHash } from 'viem';

import { assignPlacement } from '../chain/actions/assign-placement.ts';
import { declareCapacity } from '../chain/actions/declare-capacity.ts';
import { deposit } from '../chain/actions/deposit.ts';
import { readCoveredCapacity } from '../chain/actions/read-covered-capacity.ts';
import type { MarketParameters } from '../chain/actions/read-market-parameters.ts';
import { readProviderAddresses, readProvider } from '../chain/actions/read-provider.ts';
import { readProviderOfNode } from '../chain/actions/read-provider-of-node.ts';
import { readStake } from '../chain/actions/read-stake.ts';
import { registerProvider } from '../chain/actions/register-provider.ts';
import { stake } from '../chain/actions/stake.ts';
import { updateAddresses } from '../chain/actions/update-addresses.ts';
import type { ChainView } from '../chain/client.ts';
import type { RegisteredProvider } from '../chain/records.ts';
import type { Sender, SigningSender } from '../chain/tx-sender.ts';
import type { Clock } from '../core/clock.ts';
import { isStowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { missingInEscrow, operatorMissing, requireGas, totalOf } from './enrolment-checks.ts';
import { PLACEMENT_ATTEMPTS, PLACEMENT_RETRY_MS } from './limits.ts';

export interface EnrolmentComponents {
  view: ChainView;
  nodeSender: Sender;
  nodeKey: PrivateKeyAccount;
  /** Undefined when the operator's key is kept elsewhere. */
  operatorSender: SigningSender | undefined;
  parameters: MarketParameters;
  clock: Clock;
  logger: Logger;
}

export interface EnrolmentInit {
  region: number;
  /** Token wei that the stake should have beyond the bond. */
  stake: bigint;
  /** Units that are for sale in all. */
  capacityUnits: number;
}

export interface Enrolled {
  provider: number;
  registered: RegisteredProvider;
}

/** Makes a node key a provider of the market, step by step; every step that is done already is passed over. */
export class Enrolment {
  readonly #components: EnrolmentComponents;
  readonly #init: EnrolmentInit;

  constructor(components: EnrolmentComponents, init: EnrolmentInit) {
    this.#components = components;
    this.#init = init;
  }

  /**
   * Registers, assigns the placement id, stakes and declares the capacity, as far as that is missing.
   * @param addresses multiaddrs of last resort for the registry
   * @throws StowError `provider-not-registered` without an operator key, `funds-short`, `gas-short`, `operator-wrong`
   */
  async enrol(addresses: readonly string[], signal?: AbortSignal): Promise<Enrolled> {
    const { view, nodeKey } = this.#components;
    await requireGas(view, nodeKey.address, 'node key', signal);
    let provider = await readProviderOfNode(view, nodeKey.address, { signal });
    if (provider === 0) provider = await this.#register(addresses, signal);
    let registered = await readProvider(view, provider, { signal });
    if (registered.placementId === zeroHash) {
      await this.#assignPlacement(provider, signal);
      registered = await readProvider(view, provider, { signal });
    }
    await this.#keepStake(provider, registered, signal);
    await this.#keepCapacity(provider, registered.capacity, signal);
    return { provider, registered };
  }

  /** Tells the registry where the node listens, when that has changed. */
  async publishAddresses(provider: number, addresses: readonly string[], signal?: AbortSignal): Promise<void> {
    const { view, nodeSender, logger } = this.#components;
    const present = await readProviderAddresses(view, provider, { signal });
    if (present.join('\n') === addresses.join('\n')) return;
    await updateAddresses(nodeSender, { provider, addresses }, { signal });
    logger.info({ addresses }, 'addresses of last resort updated on chain');
  }

  async #register(addresses: readonly string[], signal?: AbortSignal): Promise<number> {
    const { nodeKey, logger, parameters } = this.#components;
    const operator = this.#requireOperator();
    await requireGas(operator.view, operator.address, 'operator', signal);
    await this.#fund(operator, parameters.bond + this.#init.stake, 'the bond and the stake', signal);
    const { region } = this.#init;
    const { provider } = await registerProvider(operator, { nodeKey, region, addresses }, { signal });
    logger.info({ provider, operator: operator.address }, 'registered');
    return provider;
  }

  /** The placement id hangs on the hash of the registration's block, which is known from the next block on. */
  async #assignPlacement(provider: number, signal?: AbortSignal): Promise<void> {
    const { nodeSender, clock } = this.#components;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await assignPlacement(nodeSender, { provider }, { signal });
        return;
      } catch (error) {
        if (isStowError(error, 'node-registry-placement-assigned')) return;
        if (!isStowError(error, 'randomness-not-yet') || attempt === PLACEMENT_ATTEMPTS) throw error;
        await clock.sleep(PLACEMENT_RETRY_MS, { signal });
      }
    }
  }

  /** Tops the stake up to what the configuration asks for. Without an operator key, a short stake is only told. */
  async #keepStake(provider: number, registered: RegisteredProvider, signal?: AbortSignal): Promise<void> {
    const { view, operatorSender, parameters, logger } = this.#components;
    const present = await readStake(view, provider, { signal });
    const missing = parameters.bond + this.#init.stake - totalOf(present);
    if (missing <= 0n) return;
    if (operatorSender === undefined || !isAddressEqual(operatorSender.address, registered.operator)) {
      logger.warn(
        { missing, operator: registered.operator },
        'the stake is below the configured one, and the key of its operator is not here',
      );
      return;
    }
    await requireGas(view, operatorSender.address, 'operator', signal);
    await this.#fund(operatorSender, missing, 'the stake', signal);
    await stake(operatorSender, { provider, amount: missing }, { signal });
    logger.info({ provider, amount: missing }, 'staked');
  }

  /** Declares what is for sale, as far as the stake covers it: clients cannot have more. */
  async #keepCapacity(provider: number, present: number, signal?: AbortSignal): Promise<void> {
    const { view, nodeSender, logger } = this.#components;
    const { capacityUnits } = this.#init;
    if (present === capacityUnits) return;
    const covered = await readCoveredCapacity(view, provider, { signal });
    const units = covered < capacityUnits ? Number(covered) : capacityUnits;
    if (units < capacityUnits) {
      logger.warn({ units, configured: capacityUnits }, 'the stake covers only a part of the capacity for sale');
    }
    if (units === present) return;
    await declareCapacity(nodeSender, { provider, units }, { signal });
    logger.info({ provider, units }, 'capacity declared');
  }

  #requireOperator(): SigningSender {
    const { operatorSender, nodeKey } = this.#components;
    if (operatorSender !== undefined) return operatorSender;
    throw operatorMissing(nodeKey.address);
  }

  /** Sees that the operator's escrow account covers `needed`, from its wallet where the account is short. */
  async #fund(operator: SigningSender, needed: bigint, what: string, signal?: AbortSignal): Promise<void> {
    const amount = await missingInEscrow(operator, needed, what, signal);
    if (amount > 0n) await deposit(operator, { amount }, { signal });
  }
}
