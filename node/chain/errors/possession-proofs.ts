import { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { possessionProofsAbi } from '../abi/possession-proofs.ts';
import type { randomnessAbi } from '../abi/randomness.ts';
import { invalidParams, marketOnly, type SentenceTable } from './sentence.ts';

const SCRUB = 'check the shards on disk with `stowmarket provider status`: one may be damaged';

export const possessionProofsSentences: SentenceTable<typeof possessionProofsAbi> = {
  PossessionProofs_NotAgreements: ([caller]) => marketOnly('PossessionProofs', caller),
  PossessionProofs_WrongPeriod: ([period, current]) => ({
    message: `the proof is for period ${period}; the chain is in period ${current}`,
    hint: 'prove the current period: a period that is over can no longer be proven',
    exitCode: ExitCode.tryAgain,
  }),
  PossessionProofs_NoSeedYet: ([period, openingBlock]) => ({
    message: `the draws of period ${period} are known only after its first block, ${openingBlock}`,
    hint: 'try again one block later',
    retryable: true,
  }),
  PossessionProofs_NothingToProve: ([provider, period]) => ({
    message: `provider ${provider} had nothing to prove when period ${period} opened`,
    hint: 'wait for the next period',
  }),
  PossessionProofs_AlreadyProven: ([provider, period]) => ({
    message: `provider ${provider} has proven period ${period} already`,
    hint: 'nothing is left to do until the next period',
  }),
  PossessionProofs_NothingMissed: ([provider]) => ({
    message: `no missed period of provider ${provider} is left to record`,
    hint: 'nothing is left to do: somebody may have recorded it before',
  }),
  PossessionProofs_WrongLength: ([length, expected]) => ({
    message: `the proof has ${length} bytes; the draws ask for ${expected}`,
    hint: 'read the draws again and build the proof anew: the provider may have conceded a shard meanwhile',
    exitCode: ExitCode.tryAgain,
  }),
  PossessionProofs_WrongRoot: ([draw, computed, expected]) => ({
    message: `the leaf for draw ${draw} leads to root ${computed}, not to ${expected}`,
    hint: SCRUB,
    exitCode: ExitCode.integrity,
  }),
  PossessionProofs_ProviderFull: ([provider]) => ({
    message: `provider ${provider} cannot hold more agreements or units`,
    hint: 'choose another provider',
  }),
  PossessionProofs_NotAuthorized: ([provider, caller]) => ({
    message: `${caller} may not act for provider ${provider}`,
    hint: "use the operator's wallet or the node key",
    exitCode: ExitCode.usage,
  }),
  PossessionProofs_MaintenanceTooLate: ([provider, fromPeriod, current]) => ({
    message: `provider ${provider} cannot declare maintenance from period ${fromPeriod} on: the chain is in period ${current}`,
    hint: `declare it for period ${current + 1} or later`,
    exitCode: ExitCode.usage,
  }),
  PossessionProofs_MaintenanceTooLong: ([provider, periods, max]) => ({
    message: `provider ${provider} cannot declare ${periods} periods of maintenance: this market allows ${max} at a time`,
    hint: `declare at most ${max} periods`,
    exitCode: ExitCode.usage,
  }),
  PossessionProofs_MaintenanceTooSoon: ([provider, fromPeriod, earliest]) => ({
    message: `provider ${provider} cannot start maintenance in period ${fromPeriod}: it was in maintenance too lately`,
    hint: `declare it for period ${earliest} or later`,
    exitCode: ExitCode.usage,
  }),
  PossessionProofs_MaintenanceRunning: ([provider, untilPeriod]) => ({
    message: `provider ${provider} is in maintenance until period ${untilPeriod}`,
    hint: `declare the next stretch in period ${untilPeriod} or later`,
    exitCode: ExitCode.usage,
  }),
  PossessionProofs_InvalidParams: ([field]) => invalidParams('PossessionProofs', field),
  PossessionProofs_ProviderFailed: ([provider]) => ({
    message: `provider ${provider} has failed for good: it missed too many periods in a row`,
    hint: 'choose another provider; its operator has to register a new node key',
  }),
  PossessionProofs_UnknownLeaf: ([agreement]) => ({
    message: `agreement ${formatAgreementId(agreement)} is not in its provider's tree`,
    hint: 'check the agreement with `stowmarket agreements`',
    exitCode: ExitCode.notFound,
  }),
};

export const randomnessSentences: SentenceTable<typeof randomnessAbi> = {
  Randomness_NoBlockHash: ([anchor]) => ({
    message: `the chain does not know the hash of block ${anchor}`,
    hint: 'try again one block later; if it stays so, this chain cannot carry the market',
    retryable: true,
  }),
  Randomness_NotYet: ([blockNumber, current]) => ({
    message: `the randomness of block ${blockNumber} is known only after it; the chain is at block ${current}`,
    hint: 'try again one block later',
    retryable: true,
  }),
};
