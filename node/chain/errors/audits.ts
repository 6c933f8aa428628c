import { ExitCode } from '../../core/errors.ts';
import type { auditsAbi } from '../abi/audits.ts';
import { agreementOver, notOpen, stillOpen, termTooShort, tooLate } from './asked.ts';
import { invalidParams, type SentenceTable } from './sentence.ts';

export const auditsSentences: SentenceTable<typeof auditsAbi> = {
  Audits_NotOpen: ([audit]) => notOpen('audit', audit),
  Audits_TermTooShort: ([agreement, deadline, last]) =>
    termTooShort('an audit', { agreement, deadline, last }, 'read the data instead, or extend the agreement first'),
  Audits_NoSeedYet: ([audit, openedAt]) => ({
    message: `the leaves of audit ${audit} are known only after block ${openedAt}`,
    hint: 'try again one block later',
    retryable: true,
  }),
  Audits_TooLate: ([audit, deadline, block]) => tooLate('audit', audit, deadline, block),
  Audits_StillOpen: ([audit, deadline, block]) => stillOpen('audit', audit, deadline, block),
  Audits_AgreementOver: ([audit, agreement]) => agreementOver('audit', audit, agreement, 'leaves'),
  Audits_WrongLength: ([length, expected]) => ({
    message: `the answer has ${length} bytes; the leaves ask for ${expected}`,
    hint: 'read the leaves again and build the answer anew',
    exitCode: ExitCode.tryAgain,
  }),
  Audits_WrongRoot: ([draw, computed, expected]) => ({
    message: `the path of leaf number ${draw} leads to ${computed}, not to ${expected}`,
    hint: 'check the shard on disk: it may be damaged',
    exitCode: ExitCode.integrity,
  }),
  Audits_InvalidParams: ([field]) => invalidParams('Audits', field),
};
