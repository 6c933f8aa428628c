import { ExitCode } from '../../core/errors.ts';
import { formatTokens } from '../../market/money.ts';
import type { escrowAbi } from '../abi/escrow.ts';
import { instant, marketOnly, type SentenceTable } from './sentence.ts';

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
  Escrow_NoSession: ([owner, key, expiry]) => ({
    message:
      expiry === 0n
        ? `${key} may not spend from the escrow account of ${owner}: it is no session key of that account, and nothing signed by the owner was given`
        : `the session of ${key} on the escrow account of ${owner} ran out at ${instant(expiry)}`,
    hint: 'have the owner authorize the key with `stowmarket wallet session authorize`, or sign with the owner',
    exitCode: ExitCode.funds,
  }),
  Escrow_SessionBudgetExceeded: ([owner, key, left, needed]) => ({
    message: `the session of ${key} on the escrow account of ${owner} has ${formatTokens(left)} left and ${formatTokens(needed)} are needed`,
    hint: 'have the owner authorize a larger budget with `stowmarket wallet session authorize`',
    exitCode: ExitCode.funds,
  }),
  Escrow_InvalidSession: ([field]) => ({
    message: `a session key cannot be authorized with this ${field}`,
    hint: 'name another account than your own, a budget above zero and an expiry ahead',
    exitCode: ExitCode.usage,
  }),
  Escrow_NoPermit2: () => ({
    message: 'this market was deployed without a Permit2 contract',
    hint: 'deposit with an approval or a permit of the token: `stowmarket wallet deposit`',
    exitCode: ExitCode.usage,
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
