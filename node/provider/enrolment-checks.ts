import { readBalances } from '../chain/actions/read-balances.ts';
import { readGasPrice } from '../chain/actions/read-gas-price.ts';
import type { ChainView } from '../chain/client.ts';
import type { Stake } from '../chain/records.ts';
import type { Sender } from '../chain/tx-sender.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import type { Address } from '../market/messages.ts';
import { formatTokens } from '../market/money.ts';
import { GAS_PER_TRANSACTION } from './limits.ts';

/** How amounts of the chain's own coin are called. */
const COINS = 'coins';

/** Transactions that each key may need. Operator: deposit, register, stake. Node key: placement id, capacity, addresses, ask; proofs are watched while it runs. */
const STEPS = { operator: 3n, 'node key': 4n } as const;

/** @throws StowError `gas-short` when a key cannot pay for what enrolling may take */
export async function requireGas(
  view: ChainView,
  address: Address,
  who: keyof typeof STEPS,
  signal?: AbortSignal,
): Promise<void> {
  const transactions = STEPS[who];
  const [{ gas }, price] = await Promise.all([readBalances(view, address, { signal }), readGasPrice(view, { signal })]);
  const needed = price * GAS_PER_TRANSACTION * transactions;
  if (gas >= needed) return;
  throw new StowError({
    code: 'gas-short',
    message:
      `the ${who} ${address} has ${formatTokens(gas, COINS)} for gas; ${transactions} transactions may need ` +
      `${formatTokens(needed, COINS)}: ${formatTokens(needed - gas, COINS)} are missing`,
    hint: `send ${formatTokens(needed - gas, COINS)} of this chain to ${address}`,
    exitCode: ExitCode.funds,
  });
}

/** What the operator's escrow account lacks of `needed`, which its wallet has. @throws StowError `funds-short` when it has not */
export async function missingInEscrow(
  { view, address }: Pick<Sender, 'view' | 'address'>,
  needed: bigint,
  what: string,
  signal?: AbortSignal,
): Promise<bigint> {
  const { escrow, wallet } = await readBalances(view, address, { signal });
  if (escrow >= needed) return 0n;
  const missing = needed - escrow;
  if (wallet >= missing) return missing;
  throw new StowError({
    code: 'funds-short',
    message:
      `operator ${address} needs ${formatTokens(needed)} for ${what}; it has ${formatTokens(escrow)} in escrow ` +
      `and ${formatTokens(wallet)} in its wallet: ${formatTokens(missing - wallet)} are missing`,
    hint: `send ${formatTokens(missing - wallet)} to ${address}, or lower the stake in the configuration`,
    exitCode: ExitCode.funds,
  });
}

export function operatorMissing(nodeAddress: Address): StowError {
  return new StowError({
    code: 'provider-not-registered',
    message: `node key ${nodeAddress} is not registered, and the operator's key is not at hand`,
    hint: 'run `stowmarket provider register` where the operator keystore is, or set STOWMARKET_KEY',
    exitCode: ExitCode.usage,
  });
}

/** Free and locked. Slashes have already been taken off. */
export function totalOf(present: Stake): bigint {
  return present.free + present.locked;
}
