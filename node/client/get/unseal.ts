import { ExitCode, StowError } from '../../core/errors.ts';
import { type EnvelopeContent, openEnvelope } from '../../pipeline/header/envelope.ts';
import { envelopeAad, type ShardHeader } from '../../pipeline/header/header-unit.ts';
import type { ShareDescription } from '../../pipeline/header/share-envelope.ts';

/**
 * Gives what a header hides: secret and name. It vouches for the header's other fields but the index, which the shard's root binds.
 * @throws StowError `envelope-closed`, `share-mismatch`
 */
export type Unseal = (header: ShardHeader) => Promise<EnvelopeContent>;

/** As the owner: the envelope in the header itself. */
export function ownEnvelope(privateKey: Uint8Array): Unseal {
  return async (header) => openEnvelope(privateKey, header.envelope, envelopeAad(header));
}

/** As somebody whom the owner told: by a share's description, with which the header has to agree. */
export function describedBy({ k, n, plainBytes, ...content }: ShareDescription): Unseal {
  return async (header) => {
    if (header.k === k && header.n === n && header.plainBytes === plainBytes) return content;
    throw new StowError({
      code: 'share-mismatch',
      message: `the share describes ${plainBytes} bytes in ${k} of ${n} shards; what is stored says ${header.plainBytes} bytes in ${header.k} of ${header.n}`,
      hint: 'ask the owner to share the object again',
      exitCode: ExitCode.integrity,
    });
  };
}
