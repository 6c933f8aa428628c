import type { Refusal } from '../market/refusal.ts';
import { ACTIONS, type ActionName } from './actions/all.ts';
import type { Call, Step } from './step.ts';
import type { Failure } from './chain.ts';
import { compareState } from './compare/all.ts';
import { show } from './compare/differences.ts';
import { randomParameters } from './parameters.ts';
import { Random } from './random.ts';
import { type Stage, setUp, toNextBlock } from './set-up.ts';
import type { Tally } from './tally.ts';

/** How many steps back a difference is shown with. */
const SHOWN_STEPS = 12;
const WEIGHTS = Object.fromEntries(Object.entries(ACTIONS).map(([name, [, weight]]) => [name, weight])) as Record<
  ActionName,
  number
>;

export interface SequenceInit {
  seed: string;
  steps: number;
  /** After so many steps the whole state is compared. */
  compareEvery: number;
}

/** Chain and model went different ways. */
export class Divergence extends Error {}

/** One chain's worth of random steps, the same for the same seed. */
export async function runSequence({ seed, steps, compareEvery }: SequenceInit, tally: Tally): Promise<void> {
  const random = new Random(seed);
  const parameters = randomParameters(random);
  const stage = await setUp(random, new Random(`${seed}/samples`), parameters);
  const log: string[] = [];
  const stopOn = (differences: readonly string[]): void => {
    if (differences.length === 0) return;
    const last = log.slice(-SHOWN_STEPS).join('\n');
    const constants = JSON.stringify(parameters, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    throw new Divergence(
      `sequence ${seed}, step ${log.length}:\n${differences.join('\n')}\n\nparameters ${constants}\nlast steps:\n${last}`,
    );
  };
  try {
    for (let done = 1; done <= steps; done += 1) {
      const { name, step } = await nextStep(stage);
      log.push(`${stage.market.clock.block} p${stage.market.clock.period} ${name} ${describe(step)}`);
      if ('blocks' in step) {
        await stage.chain.mine(step.blocks, stage.market.clock.time);
        tally.note(name, undefined);
      } else {
        const refusal = stage.market.attempt(() => step.model(stage.market));
        const failure = await stage.chain.send(step, stage.market.clock.time);
        log[log.length - 1] += failure === undefined ? ' ok' : ` ${failure.error}`;
        tally.note(name, refusal?.error);
        stopOn(compareOutcome(failure, refusal));
      }
      if (done % compareEvery === 0 || done === steps) stopOn(await compareState(stage, done === steps));
    }
    countOutcomes(stage, tally);
  } finally {
    await stage.chain.stop();
  }
}

/** What became of agreements and providers: a run in which nobody ever fails proves little. */
function countOutcomes({ market }: Stage, tally: Tally): void {
  for (const { status } of market.agreements.all()) tally.count(`agreements ${status}`, 1);
  for (const id of market.registry.ids()) {
    tally.count('providers', 1);
    tally.count('failed providers', market.stakes.hasFailed(id) ? 1 : 0);
    tally.count('slashed periods', market.stakes.get(id).misses.length);
    tally.count('proven periods', market.duties.get(id).proven.size);
  }
}

/** Chooses what comes next, for the block after the last. */
async function nextStep(stage: Stage): Promise<{ name: ActionName; step: Step }> {
  const { world } = stage;
  await toNextBlock(stage, world.random.chance(0.95) ? 1 : world.random.int(1, 60));
  for (;;) {
    const name = world.random.weighted(WEIGHTS);
    const step = ACTIONS[name][0](world);
    if (step !== undefined) return { name, step };
  }
}

function compareOutcome(failure: Failure | undefined, refusal: Refusal | undefined): string[] {
  const named = (values: readonly unknown[]): string => show(values);
  if (failure?.error !== refusal?.error) {
    const onChain = failure === undefined ? 'success' : `${failure.error}${named(failure.values)}`;
    return [`outcome: ${onChain} on chain, ${refusal?.message ?? 'success'} in the model`];
  }
  if (failure === undefined || refusal === undefined) return [];
  const differs = refusal.values.some((value, i) => value !== undefined && show(value) !== show(failure.values[i]));
  const counts = refusal.values.length !== failure.values.length;
  if (!differs && !counts) return [];
  return [`${failure.error}: ${named(failure.values)} on chain, ${named(refusal.values)} in the model`];
}

function describe(step: Step): string {
  if ('blocks' in step) return `${step.blocks} blocks`;
  const { from, functionName, args }: Call = step;
  const text = JSON.stringify(args, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
  return `${from.slice(0, 8)} ${functionName}(${text.length > 900 ? `${text.slice(0, 900)}…` : text})`;
}
