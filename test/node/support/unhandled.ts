/** Turns of the event loop after which the process has been told of every rejection that nobody listens to. */
const TURNS = 3;

/** Lets everything happen that follows from what has happened already. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The reasons of rejections without a listener while `work` runs: each of them would end the process. */
export async function unhandledDuring(work: () => Promise<unknown>): Promise<unknown[]> {
  const reasons: unknown[] = [];
  const listener = (reason: unknown): void => void reasons.push(reason);
  process.on('unhandledRejection', listener);
  try {
    await work();
    await settle();
  } finally {
    process.off('unhandledRejection', listener);
  }
  return reasons;
}
