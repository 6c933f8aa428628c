import { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { demandsAbi } from '../abi/demands.ts';
import { agreementOver, notOpen, stillOpen, termTooShort, tooLate } from './asked.ts';
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
  Demands_TermTooShort: ([agreement, deadline, last]) =>
    termTooShort('a demand', { agreement, deadline, last }, 'extend the agreement first'),
  Demands_NotOpen: ([demand]) => notOpen('demand', demand),
  Demands_TooLate: ([demand, deadline, block]) => tooLate('demand', demand, deadline, block),
  Demands_StillOpen: ([demand, deadline, block]) => stillOpen('demand', demand, deadline, block),
  Demands_AgreementOver: ([demand, agreement]) => agreementOver('demand', demand, agreement, 'a unit'),
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
