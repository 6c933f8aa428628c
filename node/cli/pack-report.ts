import type { PutResult } from '../client/put/put-types.ts';
import { toHex } from '../core/bytes.ts';
import { formatAgreementId } from '../market/agreement-id.ts';

/** A segment that was written, for programs. */
export function recordOfSegment({
  objectKey,
  name,
  plainBytes,
  quote,
  formed,
  agreements,
}: PutResult): Record<string, unknown> {
  return {
    segment: toHex(objectKey),
    name,
    segmentBytes: plainBytes,
    shards: agreements.map(({ shardIndex, provider, units }, position) => ({
      shardIndex,
      provider,
      units,
      agreement: formatAgreementId(formed?.ids[position] ?? 0n),
    })),
    ...quote,
    transaction: formed?.txHash,
    block: formed?.blockNumber,
    gasUsed: formed?.gasUsed,
  };
}
