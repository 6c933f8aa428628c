import type { Abi } from 'viem';

import { marketAbis } from '../../../../node/chain/market-abi.ts';
import { ACTIONS } from './actions/all.ts';
import type { Tally } from './tally.ts';

/** Errors that no transaction to a deployed market can end in, and why. */
const OUT_OF_REACH: Readonly<Record<string, string>> = {
  Escrow_InsufficientLock: 'only market contracts release, and each no more than it locked',
  Collateral_ProviderFailed: 'whoever locks collateral records the misses first, and is refused for them',
  Collateral_InvalidParams: 'of the constructor',
  PossessionProofs_InvalidParams: 'of the constructor',
  PossessionProofs_UnknownLeaf: 'only live agreements are removed',
  Randomness_NoBlockHash: 'this chain knows its last 256 hashes',
  Reputation_InvalidParams: 'of the constructor',
  Agreements_InvalidParams: 'of the constructor',
  Audits_InvalidParams: 'of the constructor',
  PriceIndex_InvalidParams: 'of the constructor',
  Repairs_InvalidParams: 'of the constructor',
  RetrievalChannels_InvalidParams: 'of the constructor',
  Demands_InvalidParams: 'of the constructor',
};

/** Of the token, what the escrow passes on. */
const TOKEN_ERRORS = ['ERC20InsufficientAllowance', 'ERC20InsufficientBalance'];

/** Kinds of steps that must fail. */
const NEVER_SUCCEED = ['intrude', 'depositWithPermit2', 'openByPermit2'];

/** What a long run should have met and did not: actions without a success, errors that never came, too many refusals. */
export function gapsIn(tally: Tally): string[] {
  const succeeded = tally.actions();
  const actions = Object.keys(ACTIONS).filter((action) => !succeeded.has(action) && !NEVER_SUCCEED.includes(action));
  const met = tally.errors();
  const declared = Object.values(marketAbis)
    .flatMap((abi) => (abi as Abi).filter((item) => item.type === 'error'))
    .map(({ name }) => name);
  const errors = [...new Set([...declared, ...TOKEN_ERRORS])].filter(
    (error) => !(error in OUT_OF_REACH) && !met.has(error),
  );
  return [
    ...actions.map((action) => `no ${action} ever succeeded`),
    ...errors.map((error) => `${error} never came up`),
    ...Object.keys(OUT_OF_REACH)
      .filter((error) => met.has(error))
      .map((error) => `${error} came up, which was taken for impossible`),
    ...(2 * tally.succeeded < tally.steps ? ['less than half of the steps succeeded'] : []),
  ];
}
