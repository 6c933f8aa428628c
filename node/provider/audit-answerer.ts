import { isStowError, messageOf, StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import { joinPaths, type OpenedLeaf } from '../proofs/shared-paths.ts';
import { proofDepth } from '../proofs/verify.ts';
import type { ChainClock, Head } from './chain-clock.ts';
import type { LeafProver } from './leaf-prover.ts';
import type { AuditBook, OpenAudit } from './ledger/audits.ts';
import type { Holdings } from './ledger/holdings.ts';
import { AUDIT_RETRY_MAX_BLOCKS } from './limits.ts';
import type { ProviderChain } from './provider-chain.ts';
import { Turns } from './turns.ts';

export interface AuditAnswererComponents {
  chain: Pick<ProviderChain, 'audit' | 'auditLeaves' | 'answerAudit'>;
  chainClock: Pick<ChainClock, 'subscribe' | 'head'>;
  /** Kept up to date by the agreement mirror, over restarts too. */
  audits: Pick<AuditBook, 'open'>;
  holdings: Pick<Holdings, 'get'>;
  leaves: Pick<LeafProver, 'open'>;
  events: AuditEvents;
  logger: Logger;
}

/** What became of audits, for metrics. */
export interface AuditEvents {
  auditAnswered(): void;
  /** The window closed before an answer of ours landed. */
  auditMissed(): void;
  auditAttemptFailed(): void;
}

/**
 * Answers audits of this provider's agreements: shows the leaves that each asks for, again and again until that is done or the window is
 * closed. What it cannot show it leaves alone: giving an agreement up is nobody's to decide here, and the file may come back in time.
 */
export class AuditAnswerer {
  readonly #components: AuditAnswererComponents;
  readonly #turns: Turns;
  /** By audit: attempts that failed, and the block from which the next may be made. */
  readonly #failures = new Map<bigint, { count: number; retryBlock: bigint }>();
  readonly #missed = new Set<bigint>();

  constructor(components: AuditAnswererComponents) {
    this.#components = components;
    this.#turns = new Turns(components, 'audit-answerer', (head, signal) => this.#turn(head, signal));
  }

  start(): void {
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  async #turn(head: Head, signal: AbortSignal): Promise<void> {
    const open = this.#components.audits.open();
    this.#forgetEnded(open);
    for (const audit of open) {
      if (this.#isDue(audit, head.block)) await this.#attempt(audit, signal);
    }
  }

  /** Whether an answer may land, and no failed attempt asks for patience. */
  #isDue(audit: OpenAudit, block: bigint): boolean {
    const { holdings } = this.#components;
    if (holdings.get(audit.agreement)?.status !== 'active') return false;
    // A transaction that is sent now lands in the next block at best.
    if (block >= audit.deadline) {
      if (block > audit.deadline) this.#miss(audit);
      return false;
    }
    // The leaves follow from the hash of the opening block, which is known once that is over.
    return block > audit.openedAt && block >= (this.#failures.get(audit.audit)?.retryBlock ?? 0n);
  }

  #miss({ audit, agreement }: OpenAudit): void {
    if (this.#missed.has(audit)) return;
    this.#missed.add(audit);
    this.#components.events.auditMissed();
    this.#components.logger.error(
      { audit: Number(audit), agreement: formatAgreementId(agreement) },
      'an audit was not answered in time: anybody may close it now, and its agreement fails',
    );
  }

  async #attempt(audit: OpenAudit, stopping: AbortSignal): Promise<void> {
    const { chainClock, events, logger } = this.#components;
    const closing = new AbortController();
    // An answer that comes after the window is refused by the chain: there is no point in bumping its fees any more.
    const unsubscribe = chainClock.subscribe(({ block }) => {
      if (block > audit.deadline) closing.abort(windowClosed(audit));
    });
    try {
      if (!(await this.#answer(audit, AbortSignal.any([stopping, closing.signal])))) return;
      events.auditAnswered();
      this.#failures.delete(audit.audit);
    } catch (error) {
      if (stopping.aborted) throw error;
      const count = (this.#failures.get(audit.audit)?.count ?? 0) + 1;
      this.#failures.set(audit.audit, { count, retryBlock: chainClock.head.block + retryBlocks(count) });
      events.auditAttemptFailed();
      logger.warn({ audit: Number(audit.audit), attempt: count, reason: messageOf(error) }, 'audit not answered yet');
    } finally {
      unsubscribe();
    }
  }

  /** @returns false when there was nothing to do, or not yet */
  async #answer({ audit, agreement }: OpenAudit, signal: AbortSignal): Promise<boolean> {
    const { chain, logger } = this.#components;
    // The log is some blocks behind, and somebody else may have answered. Another agreement under the number: a reorganisation.
    const state = await chain.audit(audit, signal);
    if (!state.open || state.agreement !== agreement) return false;
    const leaves = await chain.auditLeaves(audit, signal);
    if (leaves.length === 0) return false;
    const proof = joinPaths(await this.#openLeaves({ audit, agreement, leaves }, signal));
    try {
      await chain.answerAudit(audit, proof, signal);
    } catch (error) {
      if (isStowError(error, 'audits-not-open')) return false;
      throw error;
    }
    logger.info(
      { audit: Number(audit), agreement: formatAgreementId(agreement), bytes: proof.byteLength },
      'audit answered',
    );
    return true;
  }

  async #openLeaves(
    { audit, agreement, leaves }: { audit: bigint; agreement: bigint; leaves: readonly bigint[] },
    signal: AbortSignal,
  ): Promise<OpenedLeaf[]> {
    const { holdings } = this.#components;
    const holding = holdings.get(agreement);
    if (holding === undefined) throw lost(audit, agreement);
    const { root, units } = holding;
    const opened: OpenedLeaf[] = [];
    for (const leaf of leaves) {
      signal.throwIfAborted();
      const draw = { agreement, root, leaf, depth: proofDepth(units), conceded: false };
      const path = await this.#components.leaves.open(draw);
      if (path === undefined) throw lost(audit, agreement);
      opened.push({ agreement, leaf, path });
    }
    return opened;
  }

  #forgetEnded(open: readonly OpenAudit[]): void {
    const numbers = new Set(open.map(({ audit }) => audit));
    for (const audit of this.#failures.keys()) if (!numbers.has(audit)) this.#failures.delete(audit);
    for (const audit of this.#missed) if (!numbers.has(audit)) this.#missed.delete(audit);
  }
}

function retryBlocks(failures: number): bigint {
  return BigInt(Math.min(AUDIT_RETRY_MAX_BLOCKS, 2 ** Math.min(failures - 1, 10)));
}

function windowClosed({ audit, deadline }: OpenAudit): StowError {
  return new StowError({
    code: 'audit-window-closed',
    message: `audit ${audit} could be answered until block ${deadline}`,
    hint: 'nothing is left to do: its agreement fails when somebody closes the audit',
  });
}

function lost(audit: bigint, agreement: bigint): StowError {
  return new StowError({
    code: 'shard-lost',
    message: `the shard of agreement ${formatAgreementId(agreement)} cannot be read, so audit ${audit} cannot be answered`,
    hint: 'restore its file from a backup before the window closes',
  });
}
