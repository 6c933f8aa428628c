import type { Say } from './devnet.ts';

/** Writes to standard output, each line with the seconds since the start. */
export function createSay(): Say {
  const started = Date.now();
  const clock = (): string => `${((Date.now() - started) / 1_000).toFixed(0).padStart(4)}s`;
  const say = (text: string): void => {
    console.log(`${clock()}  ${text}`);
  };
  return Object.assign(say, {
    step: (title: string): void => {
      console.log(`\n${clock()}  == ${title}`);
    },
  });
}
