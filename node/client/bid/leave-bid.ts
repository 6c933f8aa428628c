import { fromHex } from '../../core/bytes.ts';
import { ExitCode, isStowError, messageOf, StowError } from '../../core/errors.ts';
import { Rest, type BidTerms } from '../../market/messages.ts';
import type { PutJournal } from '../put/unfinished/unfinished-puts.ts';
import type { BidComponents } from './bid-types.ts';

/** After ctrl-C a bid that only this process can fill is cancelled: a transaction of a few blocks of a quick chain. */
const GRACE_MS = 8_000;

/** Ends or leaves a bid whose job failed, and says which. */
export async function leaveBid(
  { chain, catalogue, logger }: BidComponents,
  { bidId, terms, journal }: { bidId: bigint; terms: BidTerms; journal: PutJournal },
  error: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  logger.warn({ bid: String(bidId), err: error }, 'the bid is left');
  const why = signal.aborted ? signal.reason : error;
  const fate = terms.rest === Rest.stand ? standing(bidId, terms) : await withdraw(chain, bidId, terms);
  if (fate.isOver) catalogue.delete(fromHex(terms.objectKey, 32));
  if (!fate.goesOn) await journal.end();
  const cause = isStowError(why) ? why : undefined;
  return new StowError({
    code: cause?.code ?? 'bid-left',
    message: `${messageOf(why)}: ${fate.message}`,
    hint: fate.hint,
    exitCode: cause?.exitCode ?? ExitCode.general,
    cause: why,
  });
}

interface Fate {
  /** Nobody can take any of it any more, and nobody did. */
  isOver: boolean;
  /** Whether it can be gone on with. */
  goesOn: boolean;
  message: string;
  hint: string;
}

function standing(bidId: bigint, terms: BidTerms): Fate {
  return {
    isOver: false,
    goesOn: true,
    message: `bid ${bidId} stands until ${instantOf(terms)}, and providers that have shards of it may still take them`,
    hint: `run the same command with --resume to go on with it; \`stowmarket bid cancel ${bidId}\` takes back what is behind the shards that nobody took`,
  };
}

async function withdraw(chain: BidComponents['chain'], bidId: bigint, terms: BidTerms): Promise<Fate> {
  try {
    await chain.cancel(bidId, { signal: AbortSignal.timeout(GRACE_MS) });
    return {
      isOver: true,
      goesOn: false,
      message: `bid ${bidId} was cancelled, and every token behind it came back`,
      hint: 'run the same command again to store it',
    };
  } catch (error) {
    if (isStowError(error, 'order-book-unknown-bid')) {
      return {
        isOver: false,
        goesOn: false,
        message: `bid ${bidId} was over by then`,
        hint: '`stowmarket ls` shows whether the object is stored',
      };
    }
    return {
      isOver: false,
      goesOn: true,
      message: `bid ${bidId} could not be cancelled (${messageOf(error)}) and stands until ${instantOf(terms)}`,
      hint: `run the same command with --resume to go on with it; \`stowmarket bid cancel ${bidId}\` takes back what is behind it`,
    };
  }
}

function instantOf({ expiry }: BidTerms): string {
  return new Date(expiry * 1_000).toISOString();
}
