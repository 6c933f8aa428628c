/**
 * `npm run test:invariants`: the long campaign of test/contracts/invariant, and the table of its actions.
 *
 * Fails when a property broke, when fewer than half of all actions succeeded, when an honest action never did, or when a
 * forbidden one ever did. `-- --runs 10 --depth 100 --seed 0x1` changes the campaign.
 */
import { parseArgs } from 'node:util';
import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
import { z } from 'zod';
import main from '../hardhat.config.ts';
import { ROOT } from './lib/paths.ts';

const SUITE = 'test/contracts/invariant/Invariants.t.sol';
const FORBIDDEN = 'attacker_';
const MIN_SUCCEEDED = 0.5;

const count = z.bigint().transform(Number);
const invariantKind = z.object({
  calls: count,
  metrics: z.record(z.string(), z.object({ calls: count, reverts: count, discards: count })),
});
const outcome = z.object({
  suiteResults: z.array(z.object({ testResults: z.array(z.object({ kind: invariantKind })) })),
});
const taskResult = z.discriminatedUnion('success', [
  z.object({ success: z.literal(true), value: outcome }),
  z.object({ success: z.literal(false), error: outcome }),
]);

interface Action {
  action: string;
  calls: number;
  succeeded: number;
}

async function campaign(settings: { runs: number; depth: number; seed: string }) {
  const { runs, depth, seed } = settings;
  const config = { ...main, test: { solidity: { fuzz: { seed }, invariant: { runs, depth } } } };
  const hre = await createHardhatRuntimeEnvironment(config, {}, ROOT);
  const result: unknown = await hre.tasks.getTask(['test', 'solidity']).run({ testFiles: [SUITE] });
  const parsed = taskResult.parse(result);
  const { suiteResults } = parsed.success ? parsed.value : parsed.error;
  const metrics = suiteResults.flatMap((suite) =>
    suite.testResults.flatMap((test) => Object.entries(test.kind.metrics)),
  );
  const actions = metrics.map(([name, { calls, reverts, discards }]): Action => {
    const action = name.slice(name.lastIndexOf('.') + 1);
    return { action, calls, succeeded: calls - reverts - discards };
  });
  return { ok: parsed.success, actions: actions.toSorted((a, b) => a.action.localeCompare(b.action)) };
}

function printTable(actions: Action[]): void {
  console.log(`${'action'.padEnd(30)}${'calls'.padStart(10)}${'succeeded'.padStart(12)}`);
  for (const { action, calls, succeeded } of actions) {
    const share = `${Math.round((100 * succeeded) / calls)}%`;
    console.log(
      `${action.padEnd(30)}${String(calls).padStart(10)}${String(succeeded).padStart(12)}${share.padStart(6)}`,
    );
  }
}

/** What is wrong with a campaign in which no property broke. */
function complaints(actions: Action[], calls: number, succeeded: number): string[] {
  const found: string[] = [];
  if (succeeded < calls * MIN_SUCCEEDED)
    found.push('fewer than half of all actions succeeded: handlers must choose better');
  for (const { action, succeeded: times } of actions) {
    const forbidden = action.startsWith(FORBIDDEN);
    if (forbidden && times !== 0) found.push(`${action} is forbidden and succeeded ${times} times`);
    if (!forbidden && times === 0) found.push(`${action} never succeeded: nothing was tested by it`);
  }
  return found;
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    depth: { type: 'string', default: '500' },
    seed: { type: 'string', default: '0x570a9e' },
  },
});
const started = performance.now();
const { ok, actions } = await campaign({ runs: Number(values.runs), depth: Number(values.depth), seed: values.seed });
const calls = actions.reduce((sum, action) => sum + action.calls, 0);
const succeeded = actions.reduce((sum, action) => sum + action.succeeded, 0);
printTable(actions);
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
const share = ((100 * succeeded) / calls).toFixed(1);
console.log(
  `\n${calls} actions in ${values.runs} runs, ${succeeded} succeeded (${share}%), ${minutes} minutes, seed ${values.seed}`,
);
const found = ok ? complaints(actions, calls, succeeded) : ['a property broke: see above'];
for (const complaint of found) console.error(`FAILED: ${complaint}`);
process.exitCode = found.length === 0 ? 0 : 1;
