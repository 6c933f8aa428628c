import { readPace } from '../../chain/actions/read-pace.ts';
import type { CallOptions } from '../../chain/abortable.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import {
  type Durability,
  LEAST_RECOVERY,
  LEAST_RECOVERY_OF_THIRD,
  durabilityOf,
  isDurable,
} from '../../market/durability.ts';
import type { MarketSession } from '../session/market-session.ts';
import type { PurchaseTerms } from './plan.ts';

const DAY_S = 86_400;
/** What floating-point numbers lack of the decimal ones that they stand for. */
const ROUNDING = 1e-9;

type CodeAndTerm = Pick<PurchaseTerms, 'k' | 'n' | 'periods'>;

/** Chances to get back what is stored so, in this market and at its chain's pace. @throws StowError `chain-*` */
export async function readDurability(
  { chain, index, parameters }: Pick<MarketSession, 'chain' | 'index' | 'parameters'>,
  { k, n, periods }: CodeAndTerm,
  options: CallOptions,
): Promise<Durability> {
  const [{ secondsPerBlock }, providers] = await Promise.all([readPace(chain, options), index.providerCount()]);
  const days = (periods * parameters.periodBlocks * secondsPerBlock) / DAY_S;
  return durabilityOf({ k, n, providers, days });
}

/** @throws StowError `not-durable` for a code that is likelier to lose the object than anybody would want */
export function requireDurable(durability: Durability, { k, n }: CodeAndTerm): void {
  if (isDurable(durability)) return;
  throw new StowError({
    code: 'not-durable',
    message: `${k} of ${n} ${describeDurability(durability)}; less than ${percent(LEAST_RECOVERY)} or ${percent(LEAST_RECOVERY_OF_THIRD)} is not stored unasked`,
    hint: 'add shards (--code 4/6), keep more copies (--replicas 3), or insist with --force; nothing was sent',
    exitCode: ExitCode.usage,
  });
}

/** As part of a sentence about an object. */
export function describeDurability({ days, independent, thirdGone }: Durability): string {
  return `comes back after ${Math.round(days)} days with ${percent(independent)}, or with ${percent(thirdGone)} should a third of all providers vanish at once`;
}

/** Rounded down, with as many nines as there are and one digit more. */
export function percent(chance: number): string {
  if (chance >= 1 - Number.EPSILON) return '100%';
  const nines = chance < 0.9 ? 1 : Math.floor(-Math.log10(1 - chance) + ROUNDING);
  const scale = 10 ** (nines - 1);
  return `${(Math.floor(chance * 100 * scale + ROUNDING) / scale).toFixed(nines - 1)}%`;
}
