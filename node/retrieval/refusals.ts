import { ExitCode, StowError } from '../core/errors.ts';
import { formatTokens } from '../market/money.ts';

/** Why a provider does not serve a paid read. Code, message and hint travel to the client. */
export type PaymentCode =
  | 'retrieval-malformed'
  | 'retrieval-unpaid'
  | 'retrieval-contract-unknown'
  | 'retrieval-contract-unfit'
  | 'retrieval-contract-spent'
  | 'retrieval-price'
  | 'retrieval-allowance'
  | 'retrieval-signature-bad'
  | 'retrieval-deposit-spent'
  | 'retrieval-debt'
  | 'channel-unknown'
  | 'channel-closing';

export function refused(code: PaymentCode, message: string, hint: string, cause?: unknown): StowError {
  return new StowError({ code, message, hint, exitCode: ExitCode.funds, cause });
}

export function unpaid(pricePerMiB: bigint): StowError {
  return refused(
    'retrieval-unpaid',
    `reads cost ${formatTokens(pricePerMiB)} per MiB here, and the reader's free allowance is used up`,
    'agree on a retrieval contract over a channel to this provider',
  );
}

export function noChannel(channel: bigint): StowError {
  return refused(
    'channel-unknown',
    `there is no channel ${channel} to this provider, or it is closed`,
    'open one: stowmarket channel open PROVIDER TOKENS',
  );
}

export function closing(channel: bigint): StowError {
  return refused(
    'channel-closing',
    `channel ${channel} is closed or being closed, or has expired: nothing more is served over it`,
    'open another one: stowmarket channel open PROVIDER TOKENS',
  );
}

export function tooLate(channel: bigint): StowError {
  return refused(
    'channel-closing',
    `channel ${channel} is over: no voucher can be redeemed over it any more`,
    'open another one: stowmarket channel open PROVIDER TOKENS',
  );
}

export function debt(channel: bigint, owed: bigint): StowError {
  return refused(
    'retrieval-debt',
    `${formatTokens(owed)} are owed over channel ${channel}, as much as it has credit for`,
    'send a voucher for what was read',
  );
}

export function depositSpent(channel: bigint, deposit: bigint): StowError {
  return refused(
    'retrieval-deposit-spent',
    `the ${formatTokens(deposit)} behind channel ${channel} are used up`,
    `put more behind it: stowmarket channel topup ${channel} TOKENS`,
  );
}

export function contractSpent(left: bigint, bytes: bigint): StowError {
  return refused(
    'retrieval-contract-spent',
    `${left} bytes are left to be read under the contract, ${bytes} were asked for`,
    'agree on another contract',
  );
}

export function unfit(what: string): StowError {
  return refused('retrieval-contract-unfit', what, 'agree on another contract');
}
