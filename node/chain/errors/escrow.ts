import { ExitCode } from '../../core/errors.ts';
import { formatTokens } from '../../market/money.ts';
import type { escrowAbi } from '../abi/escrow.ts';
import { marketOnly, type SentenceTable } from './sentence.ts';

export const escrowSentences: SentenceTable<typeof escrowAbi> = {
  Escrow_NotAMarketContract: ([caller]) => marketOnly('Escrow', caller),
  Escrow_InsufficientBalance: ([owner, available, needed]) => ({
    message: `the escrow account of ${owner} has ${formatTokens(available)} available and ${formatTokens(needed)} are needed: ${formatTokens(needed - available)} are missing`,
    hint: 'deposit what is missing with `stowmarket wallet deposit`',
    exitCode: ExitCode.funds,
  }),
  Escrow_InsufficientLock: ([locker, locked, needed]) => ({
    message: `${locker} holds ${formatTokens(locked)} locked and was to release ${formatTokens(needed)}`,
    hint: 'this is a fault of the contracts: report it with the transaction',
  }),
  Escrow_UnexpectedDelivery: ([received, expected]) => ({
    message: `the token delivered ${formatTokens(received)} instead of ${formatTokens(expected)}`,
    hint: 'tokens that take a fee or change balances are not accepted: use another deployment',
  }),
  Escrow_CapExceeded: ([total, cap]) => ({
    message: `deposits would reach ${formatTokens(total)}, above the escrow's limit of ${formatTokens(cap)}`,
    hint: 'deposit less',
  }),
  Escrow_NoAccount: ([owner]) => ({
    message: `${owner} has no escrow account yet`,
    hint: 'a first deposit opens it: `stowmarket wallet deposit`',
    exitCode: ExitCode.notFound,
  }),
  Escrow_ZeroAmount: () => ({
    message: 'the amount is zero',
    hint: 'name an amount above zero',
    exitCode: ExitCode.usage,
  }),
  Escrow_ZeroAddress: () => ({
    message: 'the address is the zero address',
    hint: 'name the account that the tokens are meant for',
    exitCode: ExitCode.usage,
  }),
};
