import { createPublicClient, formatEther, http, type Hex } from 'viem';

import type { DeploymentRecord } from '../../deploy/deploy-market.ts';
import { agreementsAbi } from '../../node/chain/abi/agreements.ts';
import { collateralAbi } from '../../node/chain/abi/collateral.ts';
import { escrowAbi } from '../../node/chain/abi/escrow.ts';
import { possessionProofsAbi } from '../../node/chain/abi/possession-proofs.ts';
import { reputationAbi } from '../../node/chain/abi/reputation.ts';
import { tokenAbi } from '../../node/chain/token-abi.ts';

/** How often the chain is asked while something is waited for: twice a block. */
const POLL_MS = 500;

/** Reads the chain itself, so that the story checks the market's records and not what a provider or the client says of itself. */
export class ChainEvents {
  readonly #client;
  readonly #contracts;
  readonly #deployedAtBlock: bigint;

  constructor(rpcUrl: string, deployment: DeploymentRecord) {
    this.#client = createPublicClient({ transport: http(rpcUrl), pollingInterval: POLL_MS, cacheTime: 0 });
    this.#contracts = deployment.contracts;
    this.#deployedAtBlock = BigInt(deployment.deployedAtBlock);
  }

  async blockNumber(): Promise<bigint> {
    return this.#client.getBlockNumber();
  }

  async period(): Promise<number> {
    return this.#client.readContract({
      address: this.#contracts.possessionProofs,
      abi: possessionProofsAbi,
      functionName: 'currentPeriod',
    });
  }

  /** Proofs that landed: provider and period. */
  async proofs(fromBlock: bigint): Promise<{ provider: number; period: number }[]> {
    const logs = await this.#client.getContractEvents({
      address: this.#contracts.possessionProofs,
      abi: possessionProofsAbi,
      eventName: 'PeriodProven',
      fromBlock,
      strict: true,
    });
    return logs.map(({ args }) => ({ provider: args.provider, period: args.period }));
  }

  /** Missed periods that were recorded. */
  async misses(fromBlock: bigint): Promise<{ provider: number; fromPeriod: number; count: number; failed: boolean }[]> {
    const logs = await this.#client.getContractEvents({
      address: this.#contracts.possessionProofs,
      abi: possessionProofsAbi,
      eventName: 'PeriodsMissed',
      fromBlock,
      strict: true,
    });
    return logs.map(({ args }) => ({ ...args }));
  }

  /** Token wei paid to providers and given back to clients by settlements. */
  async settlements(fromBlock: bigint): Promise<{ paid: bigint; refunded: bigint; count: number }> {
    const logs = await this.#client.getContractEvents({
      address: this.#contracts.agreements,
      abi: agreementsAbi,
      eventName: 'AgreementSettled',
      fromBlock,
      strict: true,
    });
    return {
      paid: logs.reduce((sum, { args }) => sum + args.paid, 0n),
      refunded: logs.reduce((sum, { args }) => sum + args.refunded, 0n),
      count: logs.length,
    };
  }

  /** Where slashed tokens went, by provider. */
  async slashes(fromBlock: bigint): Promise<{ provider: number; toClient: bigint; burned: bigint }[]> {
    const logs = await this.#client.getContractEvents({
      address: this.#contracts.collateral,
      abi: collateralAbi,
      eventName: 'Slashed',
      fromBlock,
      strict: true,
    });
    return logs.map(({ args }) => ({ provider: args.provider, toClient: args.toClient, burned: args.burned }));
  }

  async conceded(fromBlock: bigint): Promise<{ provider: number; agreement: bigint }[]> {
    const logs = await this.#client.getContractEvents({
      address: this.#contracts.possessionProofs,
      abi: possessionProofsAbi,
      eventName: 'LossConceded',
      fromBlock,
      strict: true,
    });
    return logs.map(({ args }) => ({ provider: args.provider, agreement: args.agreement }));
  }

  /** Score in [0, 1], decayed to now. */
  async score(provider: number): Promise<number> {
    const period = await this.period();
    const score = await this.#client.readContract({
      address: this.#contracts.reputation,
      abi: reputationAbi,
      functionName: 'scoreAt',
      args: [provider, period],
    });
    return Number(formatEther(score));
  }

  async available(owner: Hex): Promise<bigint> {
    return this.#client.readContract({
      address: this.#contracts.escrow,
      abi: escrowAbi,
      functionName: 'availableOf',
      args: [owner],
    });
  }

  /** The tokens that the escrow contract holds, and the sum of everything that it owes: equal, always. */
  async conservation(): Promise<{ held: bigint; owed: bigint }> {
    const blockNumber = await this.#client.getBlockNumber();
    const escrow = { address: this.#contracts.escrow, abi: escrowAbi, blockNumber } as const;
    const held = await this.#client.readContract({
      address: this.#contracts.token,
      abi: tokenAbi,
      functionName: 'balanceOf',
      args: [this.#contracts.escrow],
      blockNumber,
    });
    const count = await this.#client.readContract({ ...escrow, functionName: 'accountCount' });
    let owed = 0n;
    const { agreements, collateral, audits, orderBook, demands, retrievalChannels } = this.#contracts;
    for (const locker of [agreements, collateral, audits, orderBook, demands, retrievalChannels])
      owed += await this.#client.readContract({ ...escrow, functionName: 'lockedBy', args: [locker] });
    for (let account = 0; account < count; account += 1)
      owed += (await this.#client.readContract({ ...escrow, functionName: 'accounts', args: [account] }))[1];
    return { held, owed };
  }

  get deployedAtBlock(): bigint {
    return this.#deployedAtBlock;
  }
}

/** Asks `check` until it answers something; throws with `what` when `timeoutMs` pass first. */
export async function until<T>(what: string, timeoutMs: number, check: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await check();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1_000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
