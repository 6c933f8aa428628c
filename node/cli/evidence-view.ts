import type { AgreementRow } from '../chain/market-index.ts';
import { evidenceFields } from '../client/evidence/evidence-file.ts';
import type { KeptEvidence } from '../client/evidence/evidence-log.ts';
import { to0x } from '../core/bytes.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import { formatCount, plural } from './format.ts';
import type { JsonRecord } from './output.ts';

/** A kept wrong answer, looked at again. */
export interface ShownEvidence {
  evidence: KeptEvidence;
  /** What is wrong with the record itself, or undefined when it holds. */
  flaw: string | undefined;
  /** Its agreement on chain; undefined where the chain does not know it. */
  agreement: AgreementRow | undefined;
  /** Name of the object, or the start of its key. */
  title: string;
}

export function evidenceRecord({ evidence, flaw, agreement }: ShownEvidence): JsonRecord {
  return {
    type: 'evidence',
    ...evidenceFields(evidence),
    objectKey: agreement?.objectKey.slice(2),
    agreementState: agreement?.status,
    file: evidence.file,
    bodyFile: evidence.bodyFile,
    holds: flaw === undefined,
    flaw,
  };
}

export function describeEvidence(shown: readonly ShownEvidence[]): string {
  if (shown.length === 0) return 'no wrong answer of a provider is kept';
  const running = shown.filter(({ agreement }) => agreement?.status === 'active');
  const audits = [...new Set(running.map(({ evidence }) => formatAgreementId(evidence.agreement)))];
  return [
    ...shown.map(describeOne),
    `${plural(shown.length, 'wrong answer')} kept. Bytes come over TLS, which leaves nothing signed behind: this convinces you who read them, not the chain.`,
    audits.length === 0
      ? 'The agreements have ended, so there is nothing left to challenge.'
      : `An audit convinces the chain: \`stowmarket challenge ${audits[0]}\` asks for leaves of that shard, and who cannot show them loses the collateral to you.` +
        (audits.length === 1 ? '' : ` So for ${audits.slice(1).join(', ')}.`),
  ].join('\n');
}

function describeOne({ evidence, flaw, agreement, title }: ShownEvidence): string {
  const { asked, provider, shardIndex } = evidence;
  const what =
    asked.what === 'unit'
      ? `unit ${asked.unit} had other bytes than were stored`
      : 'the list of unit roots did not belong to the shard';
  const onChain = agreement === undefined ? 'which the chain does not know' : agreement.status;
  return [
    `${new Date(evidence.atMs).toISOString()}  shard ${shardIndex} of ${title} at provider ${provider}: ${what}`,
    `  agreement  ${formatAgreementId(evidence.agreement)}, ${onChain}; root of the shard ${to0x(evidence.root)}`,
    ...(asked.what === 'unit'
      ? [
          `  expected   a unit with the root ${to0x(asked.unitRoot)}, from which ${plural(asked.path.byteLength / 32, 'sibling')} lead to that of the shard`,
        ]
      : []),
    `  came       ${formatCount(evidence.receivedBytes)} bytes with the SHA-256 ${to0x(evidence.receivedSha256)}` +
      (evidence.bodyFile === undefined ? ', not kept any more' : `, in ${evidence.bodyFile}`),
    `  record     ${evidence.file}${flaw === undefined ? ', checked again' : `, WHICH DOES NOT HOLD: ${flaw}`}`,
    '',
  ].join('\n');
}
