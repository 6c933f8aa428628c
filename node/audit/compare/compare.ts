import type { AgreementId } from '../../market/messages.ts';
import type { Findings, Value } from '../findings.ts';
import type { MarketReplay } from '../replay/market-replay.ts';
import { agreementChecks, agreementsChecks, auditChecks } from './agreements.ts';
import { marketChecks } from './market.ts';
import { channelChecks } from './channels.ts';
import { demandChecks } from './demands.ts';
import { moneyChecks, readHoldings } from './money.ts';
import { providerChecks } from './providers.ts';
import type { Check, StateReader } from './reader.ts';

/** Reads in flight: a hosted endpoint refuses bursts of hundreds. */
const PARALLEL_READS = 16;

export interface CompareInit {
  /** Only this agreement. */
  agreement?: AgreementId | undefined;
  progress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Compares everything that the events give with the chain's state at the reader's block.
 * @returns tokens that the escrow has beyond what it owes: gifts, by a bare transfer; 0 when only one agreement was compared
 * @throws StowError `chain-*`
 */
export async function compareWithChain(replay: MarketReplay, reader: StateReader, init: CompareInit): Promise<bigint> {
  const checks = [...(await checksOf(replay, reader, init.agreement))];
  let done = 0;
  const entries = checks.values();
  const work = async (): Promise<void> => {
    // One iterator serves all workers: each takes the next check that nobody has.
    for (const check of entries) {
      await run(replay.findings, check);
      done += 1;
      init.progress?.(done, checks.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL_READS, checks.length) }, work));
  if (init.agreement !== undefined) return 0n;
  const holdings = await readHoldings(reader);
  const { held } = replay.accounts;
  const given = holdings > held ? holdings - held : 0n;
  replay.findings.chain('the escrow', 'what its accounts and locks add up to', held, holdings - given);
  return given;
}

async function checksOf(
  replay: MarketReplay,
  reader: StateReader,
  only: AgreementId | undefined,
): Promise<Iterable<Check>> {
  if (only !== undefined) {
    const agreement = replay.agreements.get(only);
    return agreement === undefined ? [] : agreementChecks(replay, reader, agreement);
  }
  const period = await reader.market('possessionProofs', 'currentPeriod', []);
  return [
    ...moneyChecks(replay, reader),
    ...providerChecks(replay, reader, period),
    ...agreementsChecks(replay, reader),
    ...auditChecks(replay, reader),
    ...channelChecks(replay, reader),
    ...demandChecks(replay, reader),
    ...marketChecks(replay, reader, period),
  ];
}

async function run(findings: Findings, { subject, replayed, read }: Check): Promise<void> {
  const state = new Map(Object.entries(await read()));
  for (const [name, value] of Object.entries(replayed)) findings.chain(subject, name, value, valueOf(state.get(name)));
}

function valueOf(value: unknown): Value {
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
}
