import { abortable } from '../../chain/abortable.ts';
import { agreementsAbi } from '../../chain/abi/agreements.ts';
import { orderBookAbi } from '../../chain/abi/order-book.ts';
import { readAgreement } from '../../chain/actions/read-agreement.ts';
import { readAsk } from '../../chain/actions/read-ask.ts';
import { readOpeningBlock } from '../../chain/actions/read-opening-block.ts';
import type { ChainView } from '../../chain/client.ts';
import { toChainError } from '../../chain/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId, Ask, StorageAgreement } from '../../market/messages.ts';
import { type BlockRange, blockRanges } from '../block-ranges.ts';

/** An agreement, and where in the chain's log it was announced. */
export interface FormedAgreement {
  readonly id: AgreementId;
  readonly agreement: Pick<StorageAgreement, 'askId' | 'bidId'>;
  readonly block: bigint;
  readonly logIndex: number;
}

type Place = Pick<FormedAgreement, 'block' | 'logIndex'>;

/**
 * What reading costs at most under an agreement, token wei for one MiB, as its client reckons it, too: what its ask said when it was formed. 0 for one that answers a
 * bid, which names no price for reads. One that was taken over keeps the ceiling of the agreement before it.
 * @returns undefined where the endpoint has no log any more of what it followed from
 */
export async function readCeiling(
  view: ChainView,
  formed: FormedAgreement,
  signal?: AbortSignal,
): Promise<bigint | undefined> {
  try {
    let origin: FormedAgreement | undefined = formed;
    while (origin !== undefined && origin.agreement.askId === 0n) {
      if (origin.agreement.bidId !== 0n) return 0n;
      origin = await readPredecessor(view, origin, signal);
    }
    return origin === undefined ? undefined : await readPriceAt(view, origin.agreement.askId, origin, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw toChainError(error, `read what reads cost at most under agreement ${formatAgreementId(formed.id)}`);
  }
}

/** The agreement that one without ask and bid took over. */
async function readPredecessor(
  view: ChainView,
  { id: successorId, block }: FormedAgreement,
  signal: AbortSignal | undefined,
): Promise<FormedAgreement | undefined> {
  const agreements = { address: view.deployment.contracts.agreements, abi: agreementsAbi, strict: true } as const;
  const handedOver = view.client.getContractEvents({
    ...agreements,
    eventName: 'AgreementHandedOver',
    args: { successorId },
    fromBlock: block,
    toBlock: block,
  });
  const id = (await abortable(handedOver, signal)).at(-1)?.args.id;
  if (id === undefined) return undefined;
  // Whatever way it was formed, it began with the next period.
  const { startPeriod } = await readAgreement(view, id, { signal });
  const first = await readOpeningBlock(view, startPeriod - 1, { signal });
  return newest({ from: first, to: block }, async ({ from, to }) => {
    const reading = view.client.getContractEvents({
      ...agreements,
      eventName: 'AgreementFormed',
      args: { id },
      fromBlock: from,
      toBlock: to,
    });
    const logs = await abortable(reading, signal);
    return logs.map(({ args, blockNumber, logIndex }) => ({
      id,
      agreement: args.agreement,
      block: blockNumber,
      logIndex,
    }));
  });
}

/** What an ask said of reads at a place in the log. */
async function readPriceAt(
  view: ChainView,
  askId: bigint,
  place: Place,
  signal: AbortSignal | undefined,
): Promise<bigint | undefined> {
  // Where it was the same at both ends of the block, it was so in between. Endpoints forget how things stood long ago; the log tells then.
  const around = await Promise.all([
    readAsk(view, askId, { block: place.block - 1n, signal }),
    readAsk(view, askId, { block: place.block, signal }),
  ]).catch((): Ask[] => []);
  signal?.throwIfAborted();
  const [before, after] = around;
  if (before !== undefined && before.provider !== 0 && after?.retrievalPricePerMiB === before.retrievalPricePerMiB)
    return before.retrievalPricePerMiB;
  const first = await readOpeningBlock(view, 1, { signal });
  const said = await newest({ from: first, to: place.block }, async (range) => {
    const prices = await readPrices(view, askId, range, signal);
    return prices.filter((price) => isBefore(price, place));
  });
  return said?.price;
}

async function readPrices(
  view: ChainView,
  askId: bigint,
  { from, to }: BlockRange,
  signal: AbortSignal | undefined,
): Promise<(Place & { price: bigint })[]> {
  const shared = { address: view.deployment.contracts.orderBook, abi: orderBookAbi, strict: true } as const;
  const range = { args: { askId }, fromBlock: from, toBlock: to } as const;
  const reading = Promise.all([
    view.client.getContractEvents({ ...shared, eventName: 'AskPosted', ...range }),
    view.client.getContractEvents({ ...shared, eventName: 'AskAmended', ...range }),
  ]);
  return (await abortable(reading, signal)).flat().map(({ args, blockNumber, logIndex }) => ({
    price: args.ask.retrievalPricePerMiB,
    block: blockNumber,
    logIndex,
  }));
}

/** The last of what is found in the newest stretch that has any. */
async function newest<T extends Place>(
  { from, to }: BlockRange,
  read: (range: BlockRange) => Promise<readonly T[]>,
): Promise<T | undefined> {
  for (const range of [...blockRanges(from, to)].toReversed()) {
    const found = await read(range);
    if (found.length > 0) return found.reduce((last, next) => (isBefore(last, next) ? next : last));
  }
  return undefined;
}

function isBefore(a: Place, b: Place): boolean {
  return a.block === b.block ? a.logIndex < b.logIndex : a.block < b.block;
}
