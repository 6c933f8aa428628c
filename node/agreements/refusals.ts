import { ExitCode, StowError } from '../core/errors.ts';
import { formatTokens } from '../market/money.ts';

/**
 * Why a provider says no. The code, message and hint travel to the client, so they name nothing about other clients and
 * nothing about this machine.
 */
export type RefusalCode =
  | 'reserve-signature-bad'
  | 'reserve-expired'
  | 'reserve-other-provider'
  | 'reserve-ask-unknown'
  | 'reserve-ask-unfit'
  | 'reserve-bid-unknown'
  | 'reserve-bid-unfit'
  | 'reserve-client-funds'
  | 'reserve-no-room'
  | 'reserve-too-many'
  | 'reservation-unknown'
  | 'sign-not-stored'
  | 'sign-mismatch'
  | 'sign-deadline'
  | 'sign-terms'
  | 'sign-other-promise'
  | 'sign-stake-short'
  | 'release-signed'
  | 'upload-state'
  | 'upload-wrong-offset'
  | 'upload-wrong-shard'
  | 'read-refused'
  | 'provider-busy'
  | 'provider-chain-behind';

export function refusal(code: RefusalCode, message: string, hint: string, retryable = false): StowError {
  return new StowError({
    code,
    message,
    hint,
    retryable,
    exitCode: code === 'reserve-client-funds' ? ExitCode.funds : ExitCode.tryAgain,
  });
}

export function unknownReservation(id: string): StowError {
  return refusal(
    'reservation-unknown',
    `this provider has no reservation ${id.slice(0, 32)} of this peer`,
    'it has expired or was released: reserve again',
  );
}

export function clientFunds(needed: bigint, available: bigint): StowError {
  return refusal(
    'reserve-client-funds',
    `the client's escrow account holds ${formatTokens(available)}, and its reservations here come to ${formatTokens(needed)}`,
    `deposit ${formatTokens(needed - available)} more, or store less`,
  );
}

export function noRoom(wanted: number, free: number): StowError {
  return refusal('reserve-no-room', `${wanted} units asked for, ${free} free`, 'choose another provider', true);
}

export function mismatch(field: string, given: unknown, expected: unknown): StowError {
  return refusal(
    'sign-mismatch',
    `the agreement says ${field} ${String(given)}; the reservation says ${String(expected)}`,
    'sign what was reserved and uploaded, nothing else',
  );
}
