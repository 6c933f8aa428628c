import type { CallOptions } from '../chain/abortable.ts';
import type { ChainView } from '../chain/client.ts';
import { type BlockMark, LogReader } from '../chain/log-reader.ts';
import type { MarketEvent } from '../chain/market-events.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { AgreementId } from '../market/messages.ts';
import { compareWithChain } from './compare/compare.ts';
import { StateReader } from './compare/reader.ts';
import { readAuditParameters } from './parameters.ts';
import { MarketReplay } from './replay/market-replay.ts';

/** A chain that changes faster than it can be read is not one that settles. */
const MAX_RESTARTS = 5;

export type AuditPhase = 'replay' | 'compare';

export interface AuditInit {
  /** Compare only this agreement. */
  agreement?: AgreementId | undefined;
  /** Blocks replayed, or reads done, of so many. */
  progress?: ((phase: AuditPhase, done: number, total: number) => void) | undefined;
}

export interface AuditResult {
  readonly replay: MarketReplay;
  /** The audited block. */
  readonly block: BlockMark;
  readonly fromBlock: bigint;
  /** Token wei that somebody gave to the escrow by a bare transfer. */
  readonly given: bigint;
}

/**
 * Replays the market's events from its deployment to the newest block, and compares what they give with the chain's state at that block.
 * What differs is in the replay's findings.
 * @throws StowError `chain-*`, `audit-chain-changed`, `audit-agreement-unknown`
 */
export async function runAudit(
  components: { view: ChainView; logger: Logger },
  init: AuditInit,
  options: CallOptions = {},
): Promise<AuditResult> {
  const { view, logger } = components;
  const logs = new LogReader(view, logger);
  for (let tries = 0; tries < MAX_RESTARTS; tries += 1) {
    const result = await auditOnce(view, logs, init, options);
    if (result !== undefined) return result;
    logger.info({ tries }, 'the chain changed while it was audited: starting over');
  }
  throw new StowError({
    code: 'audit-chain-changed',
    message: `the chain took blocks back each of the ${MAX_RESTARTS} times that it was read`,
    hint: 'run the audit again when the chain is calm, or against another endpoint',
    retryable: true,
  });
}

async function auditOnce(
  view: ChainView,
  logs: LogReader,
  init: AuditInit,
  options: CallOptions,
): Promise<AuditResult | undefined> {
  const fromBlock = view.deployment.deployedAtBlock;
  const block = await logs.mark(await logs.head(options), options);
  if (block === undefined) return undefined;
  const total = Number(block.number - fromBlock) + 1;
  const replay = new MarketReplay(await readAuditParameters(view, options), view.deployment.contracts);
  for (let next = fromBlock; next <= block.number;) {
    const batch = await logs.read(next, block.number, options);
    if (batch === undefined) return undefined;
    replayAll(replay, batch.events);
    next = batch.to.number + 1n;
    init.progress?.('replay', Number(next - fromBlock), total);
  }
  replay.finish();
  requireAgreement(replay, init.agreement);
  const given = await compareWithChain(replay, new StateReader(view, block.number, options), {
    agreement: init.agreement,
    progress: (done, reads) => init.progress?.('compare', done, reads),
  });
  // The same block at both ends: one history, and the state that it leads to.
  const after = await logs.mark(block.number, options);
  return after?.hash === block.hash ? { replay, block, fromBlock, given } : undefined;
}

function replayAll(replay: MarketReplay, events: readonly MarketEvent[]): void {
  for (const event of events) replay.apply(event);
}

function requireAgreement(replay: MarketReplay, id: AgreementId | undefined): void {
  if (id === undefined || replay.agreements.get(id) !== undefined) return;
  throw new StowError({
    code: 'audit-agreement-unknown',
    message: `no event tells of an agreement ${formatAgreementId(id)}`,
    hint: '`stowmarket agreements --all` lists those of a wallet',
    exitCode: ExitCode.notFound,
  });
}
