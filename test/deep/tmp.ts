import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
import main from '../../hardhat.config.ts';
import { fileURLToPath } from 'node:url';
const [runs, depth, seed] = process.argv.slice(2);
const config = { ...main, test: { solidity: { fuzz: { seed: seed ?? '0x1' }, invariant: { runs: Number(runs), depth: Number(depth), shrinkRunLimit: 200 } } } };
const hre = await createHardhatRuntimeEnvironment(config as any, {}, fileURLToPath(new URL('../..', import.meta.url)));
const t = performance.now();
const r: any = await hre.tasks.getTask(['test','solidity']).run({ testFiles: ['test/contracts/invariant/Invariants.t.sol'], noCompile: process.argv[5] === "n" });
for (const s of (r.value ?? r.error).suiteResults) { console.log('suite s', Number(s.durationNs)/1e9); for (const t of s.testResults) { console.log(t.name, t.kind.runs, t.kind.calls, t.kind.reverts); 
 const rows = Object.entries(t.kind.metrics ?? {}).map(([k, v]: any) => [k.split('.').at(-1), Number(v.calls), Number(v.calls - v.reverts)]).sort(); for (const x of rows) console.log(x.join(' '), (x[2]/x[1]*100).toFixed(0)+'%'); } }
