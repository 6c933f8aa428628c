import { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { formatTokens } from '../../market/money.ts';
import type { agreementsAbi } from '../abi/agreements.ts';
import { instant, invalidParams, marketOnly, type SentenceTable } from './sentence.ts';

const STATUS_NAMES = ['unknown', 'active', 'kept', 'failed', 'handed over'] as const;
const PUT_AGAIN = 'run the same `put` again: it asks the providers for new signatures';
const OUR_FAULT = 'this is a fault of the program that built the agreement: report it';

export const agreementsSentences: SentenceTable<typeof agreementsAbi> = {
  Agreements_EmptyBatch: () => ({
    message: 'there is no agreement to form',
    hint: OUR_FAULT,
  }),
  Agreements_LengthMismatch: ([agreements, signatures]) => ({
    message: `${agreements} agreements came with ${signatures} signatures of providers`,
    hint: OUR_FAULT,
  }),
  Agreements_MixedClients: ([first, other]) => ({
    message: `one batch holds agreements of two clients, ${first} and ${other}`,
    hint: OUR_FAULT,
  }),
  Agreements_Expired: ([index, deadline, time]) => ({
    message: `agreement ${index} of the batch had to be formed by ${instant(deadline)}; the chain is at ${instant(time)}`,
    hint: PUT_AGAIN,
    exitCode: ExitCode.tryAgain,
  }),
  Agreements_ZeroUnits: ([index]) => ({
    message: `agreement ${index} of the batch is for zero units`,
    hint: OUR_FAULT,
  }),
  Agreements_ZeroPrice: ([index]) => ({
    message: `agreement ${index} of the batch has a price of zero`,
    hint: 'take an ask with a price above zero',
  }),
  Agreements_ZeroPeriods: ([index]) => ({
    message: `agreement ${index} of the batch has no period in its term`,
    hint: "ask for a term of at least one period, and not above the market's longest",
    exitCode: ExitCode.usage,
  }),
  Agreements_NonceUsed: ([signer, nonce]) => ({
    message: `number ${nonce} of ${signer} was used or revoked already`,
    hint: PUT_AGAIN,
    exitCode: ExitCode.tryAgain,
  }),
  Agreements_BadProviderSignature: ([index, recovered, expected]) => ({
    message: `agreement ${index} of the batch was signed by ${recovered}, neither its provider's node key ${expected} nor its operator`,
    hint: 'choose another provider, and check that both sides use the same chain and deployment',
    exitCode: ExitCode.integrity,
  }),
  Agreements_BadClientSignature: ([client]) => ({
    message: `the sender is not ${client}, and the batch carries no valid signature of that client`,
    hint: "send from the client's own wallet, or sign the batch for this chain and deployment",
  }),
  Agreements_CollateralNotMultiple: ([index, collateral, rentPerPeriod]) => ({
    message: `agreement ${index} of the batch has a collateral of ${formatTokens(collateral)}, not a whole multiple of its rent per period, ${formatTokens(rentPerPeriod)}`,
    hint: OUR_FAULT,
  }),
  Agreements_ValueTooSmall: ([index, value, min]) => ({
    message: `agreement ${index} of the batch is worth ${formatTokens(value)}, below the market's smallest, ${formatTokens(min)}`,
    hint: 'store for longer, or put several small files together as one folder',
    exitCode: ExitCode.usage,
  }),
  Agreements_ProviderHoldsShard: ([provider, objectKey, shardIndex]) => ({
    message: `provider ${provider} holds another shard of object ${objectKey} already, and was to take shard ${shardIndex}`,
    hint: 'choose a provider that holds no shard of the object',
  }),
  Agreements_ShardTaken: ([objectKey, shardIndex, id]) => ({
    message: `shard ${shardIndex} of object ${objectKey} is held under agreement ${formatAgreementId(id)}`,
    hint: 'end that agreement first, or leave the shard where it is',
  }),
  Agreements_ShardGap: ([objectKey, shardIndex]) => ({
    message: `shard ${shardIndex} of object ${objectKey} comes before an earlier shard has been placed`,
    hint: OUR_FAULT,
  }),
  Agreements_NotActive: ([id, status]) => ({
    message: `agreement ${formatAgreementId(id)} is not active but ${STATUS_NAMES[status] ?? `in state ${status}`}`,
    hint: 'look at it with `stowmarket agreements`',
    exitCode: ExitCode.notFound,
  }),
  Agreements_NotOver: ([id, endPeriod, current]) => ({
    message: `agreement ${formatAgreementId(id)} runs until period ${endPeriod}; the chain is in period ${current}`,
    hint: 'wait for its end, or shorten it with `stowmarket rm`',
    exitCode: ExitCode.tryAgain,
  }),
  Agreements_NotClient: ([id, caller]) => ({
    message: `${caller} is not the client of agreement ${formatAgreementId(id)}`,
    hint: 'use the wallet that formed the agreement',
    exitCode: ExitCode.usage,
  }),
  Agreements_NotProvider: ([id, caller]) => ({
    message: `${caller} is neither the operator nor the node key of the provider of agreement ${formatAgreementId(id)}`,
    hint: 'use the operator wallet or the node key of that provider',
    exitCode: ExitCode.usage,
  }),
  Agreements_SignatureRevoked: ([index, deadline, voidThrough]) => ({
    message: `the provider of agreement ${index} of the batch took back what it signed with a deadline up to ${instant(voidThrough)}; this one's is ${instant(deadline)}`,
    hint: PUT_AGAIN,
    exitCode: ExitCode.tryAgain,
  }),
  Agreements_TermOver: ([id, endPeriod, period]) => ({
    message: `the term of agreement ${formatAgreementId(id)} ends with period ${endPeriod}, which leaves nothing from period ${period} on`,
    hint: 'store the object anew',
  }),
  Agreements_TermTooLong: ([id, periods, max]) => ({
    message: `agreement ${formatAgreementId(id)} would run for ${periods} periods, above the limit of ${max}`,
    hint: 'add fewer periods',
    exitCode: ExitCode.usage,
  }),
  Agreements_ProviderFailed: ([id, provider]) => ({
    message: `provider ${provider} of agreement ${formatAgreementId(id)} failed for good`,
    hint: 'end the agreement with `stowmarket settle`, and store the shard elsewhere',
  }),
  Agreements_SameProvider: ([id, provider]) => ({
    message: `provider ${provider} has agreement ${formatAgreementId(id)} already`,
    hint: 'name another provider as the successor',
    exitCode: ExitCode.usage,
  }),
  Agreements_WrongObject: ([id, objectKey]) => ({
    message: `agreement ${formatAgreementId(id)} is not the one for its shard of object ${objectKey}`,
    hint: OUR_FAULT,
  }),
  Agreements_CapacityExceeded: ([provider, units, capacity]) => ({
    message: `provider ${provider} would hold ${units} units, and has declared and bonded a capacity of ${capacity}`,
    hint: 'as its operator, raise ask.capacity and the stake; as a client, choose another provider',
    exitCode: ExitCode.tryAgain,
  }),
  Agreements_InvalidParams: ([field]) => invalidParams('Agreements', field),
  Agreements_NotAudits: ([caller]) => marketOnly('Agreements', caller),
  Agreements_TooManyAudits: ([id, open, max]) => ({
    message: `agreement ${formatAgreementId(id)} has ${open} open audits, and ${max} may be open at a time`,
    hint: 'wait until one of them is answered or closed',
    exitCode: ExitCode.tryAgain,
  }),
  Agreements_AuditsOpen: ([id, open]) => ({
    message: `agreement ${formatAgreementId(id)} has ${open} open audits`,
    hint: 'have them answered, or close them once they are overdue, and try again',
    exitCode: ExitCode.tryAgain,
  }),
  Agreements_ProofOwed: ([id, provider, period]) => ({
    message: `provider ${provider} owes the proof of period ${period}, or failed: agreement ${formatAgreementId(id)} cannot be handed over`,
    hint: 'prove this period first, or admit the loss',
    exitCode: ExitCode.tryAgain,
  }),
  Agreements_NothingToShorten: ([id, endPeriod]) => ({
    message: `agreement ${formatAgreementId(id)} ends with period ${endPeriod} anyway, not later than notice would end it`,
    hint: 'nothing is left to do: it ends by itself',
  }),
};
