import type { ClientSession } from '../client/session/open-session.ts';
import type { MarketView } from '../client/market-view.ts';
import type { PutComponents, PutResult } from '../client/put/put-types.ts';
import { writeBatch } from '../client/signing/write-batch.ts';
import { shortKey } from '../client/stored-object.ts';
import { toHex } from '../core/bytes.ts';
import { formatAmount, plural } from './format.ts';
import type { Run } from './program-context.ts';

/** Components of a put that ends with a file: what the providers signed, for the client to sign and for anybody to send. */
export async function exportingTo(session: ClientSession, file: string): Promise<PutComponents> {
  const components = await session.putComponents();
  return {
    ...components,
    market: withoutGas(components.market),
    form: async (signed) => {
      const agreements = signed.map(({ agreement }) => agreement);
      const providerSignatures = signed.map(({ signature }) => signature);
      await writeBatch(file, session.market.chain.deployment, {
        client: components.owner.address,
        agreements,
        providerSignatures,
        clientSignature: undefined,
      });
      return undefined;
    },
  };
}

/** Whoever sends the agreements pays the gas: this wallet needs none. */
function withoutGas(market: MarketView): MarketView {
  return { ...market, gasPrice: async () => 0n };
}

export function reportExported({ output }: Run, file: string, result: PutResult): void {
  const { objectKey, name, plainBytes, quote, agreements, replaced } = result;
  const deadline = agreements[0]?.deadline;
  output.result(
    { type: 'put-exported', file, objectKey: toHex(objectKey), name, plainBytes, deadline, ...quote, replaced },
    [
      `sent ${name} to ${plural(agreements.length, 'provider')} as object ${shortKey(objectKey)}; nothing is paid yet`,
      `  ${formatAmount(quote.total)} in all, once the agreements in ${file} are signed and sent`,
      `review them:  stowmarket agreements review ${file}`,
      `sign them:    stowmarket agreements sign ${file}, or the file's typedData in any EIP-712 wallet and stowmarket agreements attach`,
      `send them:    stowmarket agreements submit ${file}, from any wallet`,
    ].join('\n'),
  );
}
