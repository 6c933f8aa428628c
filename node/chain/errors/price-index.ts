import type { priceIndexAbi } from '../abi/price-index.ts';
import { invalidParams, marketOnly, type SentenceTable } from './sentence.ts';

export const priceIndexSentences: SentenceTable<typeof priceIndexAbi> = {
  PriceIndex_InvalidParams: ([field]) => invalidParams('PriceIndex', field),
  PriceIndex_NotAMarketContract: ([caller]) => marketOnly('PriceIndex', caller),
};
