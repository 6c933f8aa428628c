import { readCurrentPeriod } from '../chain/actions/read-current-period.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import { systemClock } from '../core/clock.ts';
import { isStowError } from '../core/errors.ts';
import type { Run } from './program-context.ts';

/** Between two looks with --watch: far below a period of any chain, and a reading of a few values each. */
const LOOK_MS = 10_000;

type Watched = Pick<ClientSession, 'market'>;

/** Makes a pass in each period, until the run is interrupted. */
export async function watchPeriods(run: Run, session: Watched, pass: () => Promise<unknown>): Promise<never> {
  const { signal } = run;
  for (;;) {
    const period = await goOn(run, async () => readCurrentPeriod(session.market.chain, { signal }));
    // What failed is tried again soon: a period is a day, and shards that move have two of them.
    if (period === undefined || (await goOn(run, pass)) === undefined) {
      await systemClock.sleep(LOOK_MS, { signal });
    } else await nextPeriod(run, session, period);
  }
}

/** A watch does not end because the chain cannot be reached for a while. @returns undefined when that is so */
async function goOn<T>({ output, signal }: Run, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted || !isStowError(error) || !error.retryable) throw error;
    output.warn(`${error.message}; the next look goes on`);
    return undefined;
  }
}

async function nextPeriod(run: Run, { market }: Watched, period: number): Promise<void> {
  const { signal } = run;
  while (((await goOn(run, async () => readCurrentPeriod(market.chain, { signal }))) ?? period) === period) {
    await systemClock.sleep(LOOK_MS, { signal });
  }
}
