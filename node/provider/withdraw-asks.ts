import type { Logger } from '../core/logger.ts';
import type { Facts } from './ledger/facts.ts';
import type { ProviderChain } from './provider-chain.ts';

/** Withdraws the asks that this provider posted, where there are any. */
export async function withdrawPosted({
  chain,
  logger,
}: {
  chain: Pick<ProviderChain, 'provider' | 'asks' | 'cancelAsks'>;
  logger: Logger;
}): Promise<void> {
  const posted = (await chain.asks()).filter(({ ask }) => ask.provider === chain.provider);
  if (posted.length === 0) return;
  await chain.cancelAsks(posted.map(({ askId }) => askId));
  logger.info(
    { asks: posted.map(({ askId }) => String(askId)) },
    'posted asks withdrawn: this provider posts none any more',
  );
}

/** Voids what was signed in the series that counts, where anything was. */
export async function voidSigned({
  chain,
  facts,
  logger,
}: {
  chain: Pick<ProviderChain, 'startSeries'>;
  facts: Pick<Facts, 'get' | 'set'>;
  logger: Logger;
}): Promise<void> {
  if (facts.get('signed-asks') !== 'yes') return;
  await chain.startSeries();
  facts.set('signed-asks', 'no');
  logger.info({}, 'signed asks voided: this provider signs none any more');
}
