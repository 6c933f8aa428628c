import { ExitCode } from '../../core/errors.ts';
import { formatTokens } from '../../market/money.ts';
import type { orderBookAbi } from '../abi/order-book.ts';
import { bidSentences } from './bids.ts';
import { instant, marketOnly, type SentenceTable } from './sentence.ts';

const OTHER_ASK = 'take another ask: `stowmarket quote` shows which fit';

export const orderBookSentences: SentenceTable<typeof orderBookAbi> = {
  OrderBook_UnknownAsk: ([askId]) => ({
    message: `ask ${askId} does not exist or was withdrawn`,
    hint: OTHER_ASK,
    exitCode: ExitCode.notFound,
  }),
  OrderBook_NotAuthorized: ([provider, caller]) => ({
    message: `${caller} is neither the operator nor the node key of provider ${provider}`,
    hint: 'use the operator wallet or the node key of that provider',
    exitCode: ExitCode.usage,
  }),
  OrderBook_NotAgreements: ([caller]) => marketOnly('OrderBook', caller),
  OrderBook_InvalidAsk: ([field]) => ({
    message: `the ask's ${field} is not acceptable`,
    hint: `set ${field} to another value: prices, units and collateral are above zero, minimums at most their maximums, the expiry lies ahead`,
    exitCode: ExitCode.usage,
  }),
  OrderBook_AskExpired: ([askId, expiry]) => ({
    message: `ask ${askId} ran out at ${instant(expiry)}`,
    hint: OTHER_ASK,
    exitCode: ExitCode.tryAgain,
  }),
  OrderBook_WrongProvider: ([askId, asked, given]) => ({
    message: `ask ${askId} belongs to provider ${asked}, not to provider ${given}`,
    hint: OTHER_ASK,
  }),
  OrderBook_CapacityExceeded: ([askId, unitsLeft, units]) => ({
    message: `ask ${askId} has ${unitsLeft} units left and ${units} are needed`,
    hint: OTHER_ASK,
    exitCode: ExitCode.tryAgain,
  }),
  OrderBook_UnitsOutOfRange: ([askId, units, min, max]) => ({
    message: `ask ${askId} takes shards of ${min} to ${max} units, not of ${units}`,
    hint: OTHER_ASK,
  }),
  OrderBook_PeriodsOutOfRange: ([askId, periods, min, max]) => ({
    message: `ask ${askId} takes terms of ${min} to ${max} periods, not of ${periods}`,
    hint: `ask for a term between ${min} and ${max} periods, or take another ask`,
  }),
  OrderBook_PriceBelowAsk: ([askId, price, askPrice]) => ({
    message: `ask ${askId} wants ${formatTokens(askPrice)} a unit and period, the agreement pays ${formatTokens(price)}`,
    hint: 'ask for a new quote: the price was changed',
    exitCode: ExitCode.funds,
  }),
  OrderBook_CollateralBelowAsk: ([askId, collateralPeriods, askCollateralPeriods]) => ({
    message: `ask ${askId} offers a collateral of ${askCollateralPeriods} periods of rent, the agreement has ${collateralPeriods}`,
    hint: 'ask for a new quote: the terms were changed',
    exitCode: ExitCode.tryAgain,
  }),
  OrderBook_DepositBelowAsk: ([askId, deposit, minDeposit]) => ({
    message: `ask ${askId} wants its clients to have ${formatTokens(minDeposit)} in escrow, there are ${formatTokens(deposit)}`,
    hint: `deposit ${formatTokens(minDeposit - deposit)} more with \`stowmarket wallet deposit\`, or take another ask`,
    exitCode: ExitCode.funds,
  }),
  OrderBook_BadAskSignature: ([provider, recovered, expected]) => ({
    message: `the ask is signed by ${recovered}, and provider ${provider} signs with ${expected} or its operator's wallet`,
    hint: OTHER_ASK,
  }),
  OrderBook_SeriesOver: ([provider, signed, current]) => ({
    message: `provider ${provider} signed the ask in series ${signed} and is at series ${current}`,
    hint: OTHER_ASK,
    exitCode: ExitCode.tryAgain,
  }),
  OrderBook_AskKnown: ([askId]) => ({
    message: `signed ask ${askId} is in the book already, or was cancelled there`,
    hint: 'fill it without bringing it again, or take another ask',
    exitCode: ExitCode.tryAgain,
  }),
  ...bidSentences,
  OrderBook_PlacementMissing: ([provider]) => ({
    message: `provider ${provider} has no placement id yet`,
    hint: 'start the provider: it asks for its placement id one block after its registration',
    retryable: true,
  }),
};
