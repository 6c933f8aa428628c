import { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { formatTokens } from '../../market/money.ts';
import type { collateralAbi } from '../abi/collateral.ts';
import type { reputationAbi } from '../abi/reputation.ts';
import { instant, invalidParams, marketOnly, type SentenceTable } from './sentence.ts';

export const collateralSentences: SentenceTable<typeof collateralAbi> = {
  Collateral_NotAuthorized: ([provider, caller]) => ({
    message: `${caller} is not the operator of provider ${provider}`,
    hint: 'use the operator wallet of that provider',
    exitCode: ExitCode.usage,
  }),
  Collateral_NotAMarketContract: ([caller]) => marketOnly('Collateral', caller),
  Collateral_InsufficientStake: ([provider, available, needed]) => ({
    message: `provider ${provider} has ${formatTokens(available)} of free stake and ${formatTokens(needed)} are needed: ${formatTokens(needed - available)} are missing`,
    hint: 'as its operator, raise `stake` in the configuration and start the provider again; as a client, choose another provider',
    exitCode: ExitCode.funds,
  }),
  Collateral_ProviderFailed: ([provider]) => ({
    message: `provider ${provider} has failed for good: it missed too many periods in a row`,
    hint: 'choose another provider; its operator has to register a new node key',
  }),
  Collateral_NothingUnbonding: ([provider]) => ({
    message: `provider ${provider} has no stake on its way out`,
    hint: 'ask for it first: `Collateral.requestUnbond`, sent by the operator',
    exitCode: ExitCode.notFound,
  }),
  Collateral_StillUnbonding: ([provider, releaseTime]) => ({
    message: `the stake of provider ${provider} is released at ${instant(releaseTime)}`,
    hint: 'try again after that',
    retryable: true,
  }),
  Collateral_InvalidParams: ([field]) => invalidParams('Collateral', field),
  Collateral_NoReportFee: ([provider, slash]) => ({
    message: `no report fee is owed for slash ${slash} of provider ${provider}`,
    hint: 'nothing is left to do: it may be paid already, or the stake did not cover it',
    exitCode: ExitCode.notFound,
  }),
  Collateral_NoSuchAccount: ([account]) => ({
    message: `escrow account ${account} does not exist yet`,
    hint: 'a first deposit opens an account: `stowmarket wallet deposit`',
    exitCode: ExitCode.notFound,
  }),
  Collateral_CapacityBonded: ([provider, capacity, remaining, needed]) => ({
    message: `provider ${provider} would keep ${formatTokens(remaining)} at stake, and its bond and capacity of ${capacity} units need ${formatTokens(needed)}`,
    hint: 'lower ask.capacity first, or leave the difference staked',
    exitCode: ExitCode.funds,
  }),
  Collateral_ZeroAmount: () => ({
    message: 'the amount of stake is zero',
    hint: 'name an amount above zero',
    exitCode: ExitCode.usage,
  }),
};

export const reputationSentences: SentenceTable<typeof reputationAbi> = {
  Reputation_InvalidParams: ([field]) => invalidParams('Reputation', field),
  Reputation_NotAMarketContract: ([caller]) => marketOnly('Reputation', caller),
  Reputation_NothingServed: ([agreement]) => ({
    message: `agreement ${formatAgreementId(agreement)} has no settled period that was proven, or did not end well`,
    hint: 'settle it first, with `stowmarket settle`; a client counts once its provider has served it',
    exitCode: ExitCode.tryAgain,
  }),
};
