import type { Market } from './market.ts';

/** Last block in which an audit or a demand may be answered: maintenance that the provider declared before puts the window off. */
export function answerDeadline({ clock, maintenance }: Market, provider: number, windowBlocks: number): number {
  const deadline = clock.block + windowBlocks;
  const { fromPeriod, untilPeriod } = maintenance.get(provider);
  if (untilPeriod === fromPeriod) return deadline;
  const until = clock.opening(untilPeriod);
  const within = until > clock.block && clock.opening(fromPeriod) <= deadline;
  return within ? until + windowBlocks : deadline;
}
