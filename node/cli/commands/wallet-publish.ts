import { randomBytes } from 'node:crypto';

import { publishKey } from '../../chain/actions/publish-key.ts';
import { readKeyOf } from '../../chain/actions/read-key-of.ts';
import { equal, to0x } from '../../core/bytes.ts';
import { withSession } from '../client-setup.ts';
import { type DryRunOption, reportDryRun } from '../dry-run.ts';
import { mayBeMined, tellingWhatWasDone } from '../interrupt.ts';
import type { Run } from '../program-context.ts';

const MAY_BE_MINED = mayBeMined('the same command again tells');

/** `wallet publish-key` */
export async function publishWalletKey(run: Run, { dryRun = false }: DryRunOption): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: !dryRun }, async (session, { config }) => {
    const { address, market } = session;
    const published = await readKeyOf(market.chain, address, { signal });
    if (dryRun) {
      const dry = session.drySender();
      // Which key it is takes the wallet; another one costs the same.
      await publishKey(dry, { key: to0x(randomBytes(32)) }, { signal });
      return reportDryRun(run, {
        command: 'wallet publish-key',
        record: { address, isPublished: published !== undefined },
        lines: [
          published === undefined
            ? `the public key of ${address} would be published; no tokens would move`
            : `${address} has published a key; it would be published again only if it is another one`,
        ],
        moves: [],
        senders: [dry],
        tokensPerCoin: config.quote.tokensPerCoin,
      });
    }
    const { publicKey } = (await session.wallet()).ownerKey;
    const record = { type: 'key-published', address, key: to0x(publicKey) };
    if (published !== undefined && equal(published, publicKey)) {
      output.result(
        { ...record, transaction: undefined },
        `the key of ${address} is published already: others can share with it`,
      );
      return undefined;
    }
    const sender = await session.sender();
    const { transactionHash: transaction } = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
      publishKey(sender, { key: to0x(publicKey) }, { signal }),
    );
    output.result({ ...record, transaction }, `the key of ${address} is published: others can share with it now`);
    return undefined;
  });
}
