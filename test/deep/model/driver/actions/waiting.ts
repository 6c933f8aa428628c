import type { Maker } from '../step.ts';

/** Some blocks, or to a block before, at or after the next period's first. */
export const wait: Maker = ({ market, random }) => {
  const { clock } = market;
  if (random.chance(0.4)) return { blocks: random.int(1, 4) };
  const ahead = random.chance(0.9) ? 1 : random.int(2, 6);
  const blocks = clock.opening(clock.period + ahead) - clock.block + random.int(-1, 1);
  return blocks < 1 ? undefined : { blocks };
};
