/**
 * How the model's numbers become the chain's. The model counts capacity in TiB, time in days of one period each, and money so that a price
 * of 1 is the scale of the providers' costs (`market/supply.ts`), per TiB and month.
 */
import { publicNetwork } from '../../deploy/parameters/public.ts';
import { providerSchema } from '../../node/config/provider-config.ts';
import { askTermsOf } from '../../node/provider/ask-terms.ts';

/** What is simulated: the defaults of a public network. */
export const DEFAULTS = publicNetwork;
/** The ask of a provider whose operator configured nothing. */
export const NODE_ASK = askTermsOf(providerSchema.shape.ask.parse(undefined));

/** Units of 64 KiB. */
export const UNITS_PER_TIB = 2 ** 24;
export const DAY_S = 86_400;
/** Days: what prices are told for. */
export const MONTH = 30;
/**
 * What the index starts at, as a price of the model: a little above the median provider's costs, as a deployer would set it who asked around. Providers' costs
 * then are some $2.50 a TiB and month at a token of a dollar.
 */
const START = 1.1;

/** Token wei for one unit and period, of a price of 1. */
const WEI_PER_PRICE = Number(DEFAULTS.priceIndex.startPrice) / START;

/** Token wei for one unit and period. */
export function weiOf(price: number): bigint {
  return BigInt(Math.round(price * WEI_PER_PRICE));
}

export function priceOf(wei: bigint): number {
  return Number(wei) / WEI_PER_PRICE;
}

/** The model's money: a price of 1 for a TiB and month. */
export function moneyOf(wei: bigint): number {
  return Number(wei) / (WEI_PER_PRICE * UNITS_PER_TIB * MONTH);
}
