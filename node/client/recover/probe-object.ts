import { abortable } from '../../chain/abortable.ts';
import { equal } from '../../core/bytes.ts';
import type { Clock } from '../../core/clock.ts';
import { ExitCode, isStowError, messageOf, StowError } from '../../core/errors.ts';
import { openEnvelope, type EnvelopeContent } from '../../pipeline/header/envelope.ts';
import { envelopeAad, type ShardHeader } from '../../pipeline/header/header-unit.ts';
import type { Holder, ShardFailure } from '../../transfer/read/holder.ts';
import { readHeader } from '../../transfer/read/read-header.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
import { VerifiedReader } from '../../transfer/read/verified-reader.ts';
import { mapLimited } from '../session/map-limited.ts';

/** Holders of one object that are asked at once: more than most objects have shards. */
const PARALLEL_HOLDERS = 16;
/** Once k shards agree, the others have this long: one that is down mostly refuses at once, one that hangs is waited for in vain. */
const GRACE_MS = 3_000;
/** A provider that restarts is back within seconds; one that is not back after this many rounds is down. */
const ROUNDS = 3;
const PAUSE_MS = 2_000;

export interface ProbeComponents {
  access: ShardAccess;
  /** The owner's raw X25519 private key. */
  privateKey: Uint8Array;
  clock: Pick<Clock, 'sleep'>;
}

export interface ProbeInit {
  objectKey: Uint8Array;
  holders: readonly Holder[];
  signal: AbortSignal;
  /** Hears what is tried again. */
  onNote: (note: string) => void;
}

/** An object that at least k of its shards describe alike. */
export interface ProbedObject {
  header: ShardHeader;
  content: EnvelopeContent;
  /** Shards whose units make up their root on chain, and whose header agrees. */
  answered: number;
  /** Those of the holders that did not answer, or answered otherwise. */
  failures: readonly ShardFailure[];
}

interface Described {
  holder: Holder;
  header: ShardHeader;
}

/**
 * Asks every holder of an object for the roots of its shard's units and for its header, and holds both against the chain. Holders that fail are
 * asked again as long as fewer than k agree.
 * @throws StowError `too-few-shards`, `too-few-good-shards` (wrong bytes were seen), `envelope-closed`, `bad-envelope`, `header-version`
 */
export async function probeObject(components: ProbeComponents, init: ProbeInit): Promise<ProbedObject> {
  const probe = new Probe(components, init);
  for (let round = 1; ; round++) {
    const found = await probe.ask();
    if (found !== undefined) return found;
    const again = probe.worthAsking();
    if (round === ROUNDS || again.length === 0) throw probe.tooFew(round);
    init.onNote(
      `${probe.standing()}; asking again for ${again.map(({ shardIndex, provider }) => `shard ${shardIndex} (provider ${provider.id})`).join(', ')}`,
    );
    await components.clock.sleep(PAUSE_MS, { signal: init.signal });
  }
}

class Probe {
  readonly #components: ProbeComponents;
  readonly #init: ProbeInit;
  readonly #described: Described[] = [];
  readonly #failed = new Map<Holder, { error: unknown }>();
  #waiting: readonly Holder[];

  constructor(components: ProbeComponents, init: ProbeInit) {
    this.#components = components;
    this.#init = init;
    this.#waiting = init.holders;
  }

  /** One round: everybody that has not described the object yet. @returns undefined while fewer than k agree */
  async ask(): Promise<ProbedObject | undefined> {
    const { signal } = this.#init;
    const late = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    try {
      await mapLimited(this.#waiting, PARALLEL_HOLDERS, async (holder) => {
        await this.#askOne(holder, AbortSignal.any([signal, late.signal]));
        if (this.#isEnough()) timer ??= setTimeout(() => late.abort(tooSlow()), GRACE_MS);
      });
    } finally {
      clearTimeout(timer);
    }
    signal.throwIfAborted();
    this.#waiting = this.worthAsking();
    const [first] = this.#described;
    if (first === undefined) this.#throwWhatAllSay();
    if (first === undefined || !this.#isEnough()) return undefined;
    const { envelope, ...fields } = first.header;
    const content = await openEnvelope(this.#components.privateKey, envelope, envelopeAad(fields));
    return { header: first.header, content, answered: this.#described.length, failures: this.failures() };
  }

  failures(): ShardFailure[] {
    return [...this.#failed].map(([{ shardIndex, provider }, { error }]) => ({
      shardIndex,
      provider: provider.id,
      reason: messageOf(error),
      integrity: isIntegrity(error),
    }));
  }

  /** Holders that may answer yet: wrong bytes stay wrong. */
  worthAsking(): Holder[] {
    return [...this.#failed].filter(([, { error }]) => !isIntegrity(error)).map(([holder]) => holder);
  }

  standing(): string {
    const [first] = this.#described;
    if (first === undefined) return `none of ${this.#init.holders.length} shards answered`;
    return `${this.#described.length} of ${first.header.n} shards answered, ${first.header.k} are needed`;
  }

  tooFew(rounds: number): StowError {
    const failures = this.failures();
    const corrupt = failures.some(({ integrity }) => integrity);
    const lines = failures.map(
      ({ shardIndex, provider, reason }) => `\n  - shard ${shardIndex}, provider ${provider}: ${reason}`,
    );
    return new StowError({
      code: corrupt ? 'too-few-good-shards' : 'too-few-shards',
      message: `${this.standing()}, though ${rounds === 1 ? 'every holder was asked' : `those that failed were asked ${rounds} times`}:${lines.join('')}`,
      hint: 'run the same command again when more of its providers can be reached; what is verified is not read again',
      retryable: !corrupt,
      exitCode: corrupt ? ExitCode.integrity : ExitCode.tryAgain,
    });
  }

  #isEnough(): boolean {
    const [first] = this.#described;
    return first !== undefined && this.#described.length >= first.header.k;
  }

  async #askOne(holder: Holder, signal: AbortSignal): Promise<void> {
    const { objectKey } = this.#init;
    const read = async (): Promise<ShardHeader> => {
      const reader = await VerifiedReader.open(this.#components.access, holder, { signal });
      return readHeader(reader, { objectKey, signal });
    };
    this.#failed.delete(holder);
    try {
      const header = await abortable(read(), signal);
      const [first] = this.#described;
      if (first !== undefined && !isSame(first.header, header)) throw otherwise(holder, first.holder);
      this.#described.push({ holder, header });
    } catch (error) {
      this.#failed.set(holder, { error });
    }
  }

  #throwWhatAllSay(): void {
    for (const { error } of this.#failed.values()) if (isStowError(error, 'header-version')) throw error;
  }
}

/** All shards of an object carry the same description but for their index. */
function isSame({ envelope: a, ...one }: ShardHeader, { envelope: b, ...other }: ShardHeader): boolean {
  return equal(a, b) && equal(envelopeAad(one), envelopeAad(other));
}

function isIntegrity(error: unknown): boolean {
  return isStowError(error) && error.exitCode === ExitCode.integrity;
}

function tooSlow(): StowError {
  return new StowError({
    code: 'provider-slow',
    message: `it did not answer within ${GRACE_MS / 1_000} s after enough others had`,
    hint: 'the object can be read without it',
    retryable: true,
  });
}

function otherwise(holder: Holder, first: Holder): StowError {
  return new StowError({
    code: 'bad-header',
    message: `shard ${holder.shardIndex} at provider ${holder.provider.id} describes the object otherwise than shard ${first.shardIndex} at provider ${first.provider.id}`,
    hint: 'the object is read from those that agree',
    exitCode: ExitCode.integrity,
  });
}
