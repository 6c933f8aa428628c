import type { MissingShard, NotRecovered, Recovered } from '../client/recover/outcome.ts';
import type { ReadObject } from '../client/recover/read-objects.ts';
import { shortKey } from '../client/stored-object.ts';
import { toHex } from '../core/bytes.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import { formatBytes, plural } from './format.ts';
import type { JsonRecord } from './output.ts';
import type { Readers } from './shared-view.ts';

export function recordOfRecovered(recovered: Recovered | ReadObject, readers: Readers): JsonRecord {
  const { object, entry, how, verifiedEarlier, renamed, missing } = recovered;
  const { name, kind, plainBytes, k, n, storedAt } = entry;
  return {
    type: 'recovered',
    objectKey: toHex(object.objectKey),
    name,
    kind,
    plainBytes,
    k,
    n,
    storedAt,
    verified: how,
    verifiedEarlier,
    renamed,
    endPeriod: object.endPeriod,
    agreements: object.agreements
      .filter(({ status }) => status === 'active')
      .map(({ id, shardIndex, provider }) => ({ agreement: formatAgreementId(id), shardIndex, provider })),
    missing,
    public: readers.public,
    sharedWith: readers.addresses,
    output: 'output' in recovered ? recovered.output : undefined,
    files: 'files' in recovered ? recovered.files : undefined,
  };
}

export function recordOfFailure({ object, error, missing }: NotRecovered): JsonRecord {
  return {
    type: 'not-recovered',
    objectKey: toHex(object.objectKey),
    name: object.entry?.name,
    code: error.code,
    message: error.message,
    hint: error.hint,
    missing,
  };
}

export function textOfRecovered(recovered: Recovered | ReadObject, readers: Readers): string {
  const { entry, how, verifiedEarlier, renamed, missing } = recovered;
  const output = 'output' in recovered ? recovered.output : undefined;
  const files = 'files' in recovered ? recovered.files : undefined;
  const left = entry.n - missing.length;
  const facts = [
    formatBytes(entry.plainBytes),
    `object ${shortKey(entry.objectKey)}`,
    how === 'full' ? 'every byte checked' : `${left} of ${entry.n} shards agree, ${entry.k} are needed`,
    ...(verifiedEarlier === undefined ? [] : [`verified ${new Date(verifiedEarlier * 1_000).toISOString()}`]),
    ...(files === undefined ? [] : [`${plural(files, 'file')} that count`]),
    ...(output === undefined ? [] : [`written to ${output}`]),
  ];
  return [
    `${entry.name}: ${facts.join(', ')}`,
    ...(renamed === undefined ? [] : [`  it has this name because ${renamed}`]),
    ...(readers.public ? ['  it is public'] : []),
    ...readers.addresses.map((reader) => `  it is shared with ${reader}`),
    ...missing.map(missingText),
  ].join('\n');
}

function missingText({ shardIndex, provider, reason }: MissingShard): string {
  return `  shard ${shardIndex} at provider ${provider} is missing: ${reason}`;
}
