import { to0x } from '../core/bytes.ts';
import type { RetrievalContract } from '../market/messages.ts';
import type { Holder } from '../transfer/read/holder.ts';
import type { ChannelPayer } from './channel-payer.ts';
import type { ServiceSample } from './service-samples.ts';

/** A contract, and over what it is paid. */
export interface AgreedContract {
  /** Its digest, 64 hex digits. */
  readonly id: string;
  readonly contract: RetrievalContract;
  readonly payer: ChannelPayer;
}

interface InUse extends AgreedContract {
  /** Under it, so many bytes came, and so many turned out right. */
  deliveredBytes: bigint;
  checkedBytes: bigint;
  /** Under way. */
  reads: number;
}

/** One read under a contract. `end` it, however it ends. */
export interface ReadInUse {
  /** Digest of the contract, which the read names. */
  readonly id: string;
  /** A block came. */
  delivered(byteLength: number): void;
  /** It is over, whole. */
  sample(sample: ServiceSample): void;
  end(): void;
}

/** Under which contracts shards are read, and what of the bytes that they delivered turned out right, which is what is owed. */
export class ContractsInUse {
  /** By provider and shard; the last of each is in use, those before wait for what they delivered to be checked. */
  readonly #contracts = new Map<string, InUse[]>();

  /** The one that the next read of a shard is made under. */
  current(holder: Holder): AgreedContract | undefined {
    return this.#current(holder);
  }

  /** From now on reads of the shard are made under this one. */
  add(holder: Holder, agreed: AgreedContract): void {
    const before = (this.#contracts.get(keyOf(holder)) ?? []).filter(isInUse);
    this.#contracts.set(keyOf(holder), [...before, { ...agreed, deliveredBytes: 0n, checkedBytes: 0n, reads: 0 }]);
  }

  /** A read begins; undefined where there is no contract. */
  begin(holder: Holder): ReadInUse | undefined {
    const inUse = this.#current(holder);
    if (inUse === undefined) return undefined;
    inUse.reads++;
    return {
      id: inUse.id,
      delivered: (byteLength) => (inUse.deliveredBytes += BigInt(byteLength)),
      sample: (sample) => inUse.payer.sample(sample),
      end: () => inUse.reads--,
    };
  }

  /** Bytes of a shard turned out right: they are owed under the contracts that delivered them, first come first. What none delivered was free. */
  checked(holder: Holder, byteLength: number): void {
    let left = BigInt(byteLength);
    for (const inUse of this.#contracts.get(keyOf(holder)) ?? []) {
      const { contract, payer, deliveredBytes, checkedBytes } = inUse;
      const waiting = deliveredBytes - checkedBytes;
      const bytes = left < waiting ? left : waiting;
      if (bytes === 0n) continue;
      inUse.checkedBytes += bytes;
      left -= bytes;
      const paidBytes = beyond(inUse.checkedBytes, contract.freeBytes) - beyond(checkedBytes, contract.freeBytes);
      payer.owe(bytes, paidBytes, contract.pricePerMiB);
    }
  }

  #current(holder: Holder): InUse | undefined {
    return this.#contracts.get(keyOf(holder))?.at(-1);
  }
}

/** A shard at a provider. */
export function keyOf({ provider, root }: Holder): string {
  return `${provider.id}:${to0x(root)}`;
}

/** Whether bytes may still come to be checked that were delivered under it. */
function isInUse({ reads, deliveredBytes, checkedBytes }: InUse): boolean {
  return reads > 0 || deliveredBytes > checkedBytes;
}

function beyond(bytes: bigint, free: bigint): bigint {
  return bytes > free ? bytes - free : 0n;
}
