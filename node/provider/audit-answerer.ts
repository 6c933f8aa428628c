import { isStowError, StowError } from '../core/errors.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import { joinPaths, type OpenedLeaf } from '../proofs/shared-paths.ts';
import { proofDepth } from '../proofs/verify.ts';
import type { LeafProver } from './leaf-prover.ts';
import type { DueAnswer } from './ledger/answer-book.ts';
import type { Holding } from './ledger/holdings.ts';
import type { ProviderChain } from './provider-chain.ts';
import { TimedAnswers, type TimedAnswersComponents } from './timed-answers.ts';

export interface AuditAnswererComponents extends Omit<TimedAnswersComponents, 'answer'> {
  chain: Pick<ProviderChain, 'audit' | 'auditLeaves' | 'answerAudit'>;
  leaves: Pick<LeafProver, 'open'>;
}

/** Answers audits of this provider's agreements: shows the leaves that each asks for. */
export function auditAnswerer({ chain, leaves, ...components }: AuditAnswererComponents): TimedAnswers {
  const answer: TimedAnswersComponents['answer'] = (due, holding, signal) =>
    answerAudit({ chain, leaves }, due, holding, signal);
  return new TimedAnswers({ ...components, answer }, { what: 'audit' });
}

async function answerAudit(
  { chain, leaves }: Pick<AuditAnswererComponents, 'chain' | 'leaves'>,
  { number: audit, agreement }: DueAnswer,
  holding: Holding,
  signal: AbortSignal,
): Promise<boolean> {
  // The log is some blocks behind, and somebody else may have answered. Another agreement under the number: a reorganisation.
  const state = await chain.audit(audit, signal);
  if (!state.open || state.agreement !== agreement) return false;
  const asked = await chain.auditLeaves(audit, signal);
  if (asked.length === 0) return false;
  const opened: OpenedLeaf[] = [];
  for (const leaf of asked) {
    signal.throwIfAborted();
    const { root, units } = holding;
    const path = await leaves.open({ agreement, root, leaf, depth: proofDepth(units), conceded: false });
    if (path === undefined) throw lost(audit, agreement);
    opened.push({ agreement, leaf, path });
  }
  try {
    await chain.answerAudit(audit, joinPaths(opened), signal);
  } catch (error) {
    if (isStowError(error, 'audits-not-open')) return false;
    throw error;
  }
  return true;
}

function lost(audit: bigint, agreement: bigint): StowError {
  return new StowError({
    code: 'shard-lost',
    message: `the shard of agreement ${formatAgreementId(agreement)} cannot be read, so audit ${audit} cannot be answered`,
    hint: 'restore its file from a backup before the window closes',
  });
}
