import { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { demandsAbi } from '../abi/demands.ts';
import { invalidParams, type SentenceTable } from './sentence.ts';

export const demandsSentences: SentenceTable<typeof demandsAbi> = {
  Demands_NothingDemanded: () => ({
    message: 'no unit was demanded',
    hint: 'name at least one',
    exitCode: ExitCode.usage,
  }),
  Demands_NoSuchUnit: ([agreement, unit, units]) => ({
    message: `agreement ${formatAgreementId(agreement)} has no unit ${unit}: it has ${units}, counted from 0`,
    hint: 'demand others',
    exitCode: ExitCode.usage,
  }),
  Demands_TermTooShort: ([agreement, deadline, last]) => ({
    message: `agreement ${formatAgreementId(agreement)} ends too soon for a demand: its provider could answer until block ${deadline}, and its term ends after block ${last}`,
    hint: 'extend the agreement first',
    exitCode: ExitCode.usage,
  }),
  Demands_NotOpen: ([demand]) => ({
    message: `demand ${demand} is not open: it was answered or closed, or there is none of that number`,
    hint: 'nothing is left to do',
    exitCode: ExitCode.notFound,
  }),
  Demands_TooLate: ([demand, deadline, blockNumber]) => ({
    message: `demand ${demand} could be answered until block ${deadline}; the chain is at block ${blockNumber}`,
    hint: 'nothing is left to do: anybody may close the demand now, and the agreement fails',
  }),
  Demands_StillOpen: ([demand, deadline, blockNumber]) => ({
    message: `demand ${demand} can be answered until block ${deadline}; the chain is at block ${blockNumber}`,
    hint: `try again after block ${deadline}`,
    exitCode: ExitCode.tryAgain,
  }),
  Demands_AgreementOver: ([demand, agreement]) => ({
    message: `demand ${demand} asks for a unit of agreement ${formatAgreementId(agreement)}, which is over`,
    hint: 'close the demand: its bond comes back',
  }),
  Demands_WrongRoot: ([computed, expected]) => ({
    message: `the unit that was shown leads to ${computed}, not to ${expected}`,
    hint: 'check the shard on disk: it may be damaged',
    exitCode: ExitCode.integrity,
  }),
  Demands_WrongLength: ([length, expected]) => ({
    message: `what was shown of a unit has ${length} bytes; the unit and its path have ${expected}`,
    hint: 'build the answer anew',
    exitCode: ExitCode.usage,
  }),
  Demands_InvalidParams: ([field]) => invalidParams('Demands', field),
};
