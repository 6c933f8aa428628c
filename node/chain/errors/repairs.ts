import { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { repairsAbi } from '../abi/repairs.ts';
import { invalidParams, type SentenceTable } from './sentence.ts';

export const repairSentences: SentenceTable<typeof repairsAbi> = {
  Repairs_InvalidParams: ([field]) => invalidParams('Repairs', field),
  Repairs_AlreadyPosted: ([lost, bidId]) => ({
    message: `for the shard of agreement ${formatAgreementId(lost)} bid ${bidId} was posted`,
    hint: 'answer that one: `stowmarket market bids` shows whether it stands',
    exitCode: ExitCode.tryAgain,
  }),
  Repairs_NotFailed: ([lost]) => ({
    message: `agreement ${formatAgreementId(lost)} did not fail, so its shard is not for repair`,
    hint: 'when its provider has failed, end the agreement first: `stowmarket settle`',
  }),
  Repairs_WrongObject: ([lost, client, objectKey]) => ({
    message: `agreement ${formatAgreementId(lost)} is not the last that held a shard of object ${objectKey} of ${client}`,
    hint: 'the shard has another provider already, or belongs to another object',
  }),
  Repairs_TermOver: ([lost, endPeriod, current]) => ({
    message: `agreement ${formatAgreementId(lost)} would have ended in period ${endPeriod}, and this is ${current}: no whole period is left to repair it for`,
    hint: 'its client can store the object again',
  }),
};
