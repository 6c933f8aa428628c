import { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { auditsAbi } from '../abi/audits.ts';
import { invalidParams, type SentenceTable } from './sentence.ts';

export const auditsSentences: SentenceTable<typeof auditsAbi> = {
  Audits_NotOpen: ([audit]) => ({
    message: `audit ${audit} is not open: it was answered or closed, or there is none of that number`,
    hint: 'nothing is left to do',
    exitCode: ExitCode.notFound,
  }),
  Audits_TermTooShort: ([agreement, deadline, last]) => ({
    message: `agreement ${formatAgreementId(agreement)} ends too soon for an audit: its provider could answer until block ${deadline}, and its term ends after block ${last}`,
    hint: 'read the data instead, or extend the agreement first',
    exitCode: ExitCode.usage,
  }),
  Audits_NoSeedYet: ([audit, openedAt]) => ({
    message: `the leaves of audit ${audit} are known only after block ${openedAt}`,
    hint: 'try again one block later',
    retryable: true,
  }),
  Audits_TooLate: ([audit, deadline, blockNumber]) => ({
    message: `audit ${audit} could be answered until block ${deadline}; the chain is at block ${blockNumber}`,
    hint: 'nothing is left to do: anybody may close the audit now, and the agreement fails',
  }),
  Audits_StillOpen: ([audit, deadline, blockNumber]) => ({
    message: `audit ${audit} can be answered until block ${deadline}; the chain is at block ${blockNumber}`,
    hint: `try again after block ${deadline}`,
    exitCode: ExitCode.tryAgain,
  }),
  Audits_AgreementOver: ([audit, agreement]) => ({
    message: `audit ${audit} asks for leaves of agreement ${formatAgreementId(agreement)}, which is over`,
    hint: 'close the audit: its bond comes back',
  }),
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
