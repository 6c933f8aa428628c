import { giveNotice } from '../chain/actions/give-notice.ts';
import { readCurrentPeriod } from '../chain/actions/read-current-period.ts';
import { unshare } from '../chain/actions/unshare.ts';
import { quotePut, type PutQuote } from '../client/put/quote-put.ts';
import { freedByNotice, removeObject } from '../client/remove.ts';
import { periodsLeft, planUnshare, type UnsharePlan, type UnshareWish } from '../client/share/plan-unshare.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import { titleOf } from '../client/stored-object.ts';
import { to0x, toHex } from '../core/bytes.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import { parseTokens } from '../market/money.ts';
import { newObjectKey } from '../pipeline/object-key.ts';
import type { ClientSetup } from './client-setup.ts';
import { accountOf, type Move, reportDryRun } from './dry-run.ts';
import { formatAmount, plural } from './format.ts';
import type { Run } from './program-context.ts';
import { purchaseOf } from './purchase-options.ts';
import { whomOf } from './share-text.ts';

export interface RekeyOptions {
  rekey: boolean;
  periods?: number;
  maxPrice?: string;
}

/**
 * `unshare --dry-run`. Which object takes the place of which takes the wallet to tell, so a run that was cut off after storing anew is not seen here.
 * @throws StowError `not-shared`, those of a quote
 */
export async function planTakingBack(
  run: Run,
  session: ClientSession,
  setup: ClientSetup,
  wish: Omit<UnshareWish, 'keyAfter'>,
  options: RekeyOptions,
): Promise<void> {
  const { signal } = run;
  const { chain, parameters } = session.market;
  const plan = planUnshare({ ...wish, keyAfter: (objectKey) => newObjectKey(objectKey.subarray(0, 20)) });
  const dry = session.drySender();
  for (const { objectKey } of plan.standing)
    await unshare(dry, { objectKey: to0x(objectKey), reader: wish.reader }, { signal });
  const period = await readCurrentPeriod(chain, { signal });
  const anew =
    options.rekey && plan.old.state !== 'over'
      ? await quoteAnew(run, session, setup, plan, period, options)
      : undefined;
  const moves: Move[] = [];
  if (anew !== undefined) {
    const giving = {
      giveNotice: async (id: bigint) => void (await giveNotice(dry, { id }, { signal })),
      catalogue: UNTOUCHED,
    };
    const { given } = await removeObject(giving, plan.old, { signal });
    const freed = plan.old.agreements.filter(({ id }) => given.includes(id));
    for (const row of freed) {
      const from = `agreement ${formatAgreementId(row.id)}`;
      moves.push({
        amount: freedByNotice(row, period, parameters.noticePeriods),
        from,
        to: accountOf(session.address),
      });
    }
    moves.push({ amount: anew.quote.total, from: accountOf(session.address), to: 'the new agreements, or burned' });
  }
  await reportDryRun(run, {
    command: 'unshare',
    record: {
      objectKey: toHex(plan.old.objectKey),
      name: plan.old.entry?.name,
      sharesToMove: plan.moves.length,
      ...(anew === undefined ? {} : { price: anew.quote.total }),
    },
    lines: linesOf(plan, wish, anew),
    moves,
    senders: [dry],
    tokensPerCoin: setup.config.quote.tokensPerCoin,
  });
}

const UNTOUCHED = { setState: () => {} };

async function quoteAnew(
  { signal }: Run,
  session: ClientSession,
  { config }: ClientSetup,
  { old }: UnsharePlan,
  period: number,
  { periods = periodsLeft(old, period), maxPrice }: RekeyOptions,
): Promise<PutQuote> {
  const { k, n, plainBytes } = old.entry ?? { k: config.storage.needed, n: config.storage.shards, plainBytes: 0 };
  const maxTotal = maxPrice === undefined ? undefined : parseTokens(maxPrice);
  const components = { market: session.view(), owner: { address: session.address } };
  const wanted = { ...purchaseOf({}, config), k, n, periods, maxTotal, maxBytes: plainBytes };
  return quotePut(components, wanted, { requireFunds: true, signal });
}

function linesOf(
  { old, moves }: UnsharePlan,
  { reader }: Pick<UnshareWish, 'reader'>,
  anew: PutQuote | undefined,
): string[] {
  const title = titleOf(old);
  const taken = `${title} would be shared with ${whomOf(reader)} no more`;
  if (anew === undefined) return [taken];
  const { total, gasWei = 0n } = anew.quote;
  return [
    taken,
    `it would be stored anew under a fresh key with ${plural(anew.shards.length, 'provider')} for ${formatAmount(total)}, and about ${formatAmount(gasWei, "of the chain's coin")} for gas beside what is below`,
    ...(moves.length === 0
      ? []
      : [`${plural(moves.length, 'other share')} would go over to it, in one transaction each`]),
  ];
}
