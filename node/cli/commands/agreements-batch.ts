import { readFile } from 'node:fs/promises';
import { isAddressEqual } from 'viem';

import { formAgreements, formAgreementsCall } from '../../chain/actions/form-agreements.ts';
import { signAgreementBatch } from '../../chain/typed-data.ts';
import { escrowShort } from '../../client/escrow-short.ts';
import { type AgreementBatch, decodeBatch } from '../../client/signing/batch-document.ts';
import { type CheckedBatch, checkBatch } from '../../client/signing/check-batch.ts';
import { writeBatch } from '../../client/signing/write-batch.ts';
import type { MarketSession } from '../../client/session/market-session.ts';
import { ExitCode, messageOf, StowError } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { Hex } from '../../market/messages.ts';
import { withMarket, withSession } from '../client-setup.ts';
import { accountOf, type DryRunOption, reportDryRun } from '../dry-run.ts';
import { formatAmount, formatSeconds, formatTable, plural } from '../format.ts';
import type { Run } from '../program-context.ts';

/** `stowmarket agreements review FILE`: what is in it, and whether it can be signed and sent. */
export async function reviewBatch(run: Run, file: string): Promise<void> {
  await withMarket(run, async ({ market }) => {
    const batch = await readBatch(run, market, file);
    run.output.result({ type: 'agreement-batch', file, ...dataOf(batch) }, describe(file, batch));
  });
}

/** `stowmarket agreements sign FILE`: adds this wallet's signature, which must be the client's. */
export async function signBatch(run: Run, file: string): Promise<void> {
  await withSession(run, { wallet: true }, async (session) => {
    const { market } = session;
    const batch = await readBatch(run, market, file);
    const { account } = await session.wallet();
    if (!isAddressEqual(account.address, batch.client)) {
      throw new StowError({
        code: 'batch-not-yours',
        message: `${file} is for the wallet ${batch.client} to sign; this one is ${account.address}`,
        hint: 'name the keystore of that wallet with --account',
        exitCode: ExitCode.usage,
      });
    }
    const { deployment } = market.chain;
    await keep(run, market, file, {
      ...batch,
      clientSignature: await signAgreementBatch(account, deployment, batch.agreements),
    });
  });
}

/** `stowmarket agreements attach FILE SIGNATURE`: adds a signature that another wallet made of the file's typed data. */
export async function attachSignature(run: Run, file: string, signature: Hex): Promise<void> {
  await withMarket(run, async ({ market }) => {
    const batch = await readBatch(run, market, file);
    await keep(run, market, file, { ...batch, clientSignature: signature });
  });
}

/** `stowmarket agreements submit FILE`: forms what it holds, whoever the client is; this wallet pays the gas. */
export async function submitBatch(run: Run, file: string, { dryRun = false }: DryRunOption): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: !dryRun }, async (session, { config }) => {
    const { market } = session;
    const batch = await readBatch(run, market, file);
    const { agreements, providerSignatures, clientSignature, client } = batch;
    if (clientSignature === undefined && !isAddressEqual(session.address, client)) {
      throw new StowError({
        code: 'batch-unsigned',
        message: `${file} lacks the signature of its client ${client}`,
        hint: `the client signs with \`stowmarket agreements sign ${file}\`, or elsewhere and \`stowmarket agreements attach\``,
        exitCode: ExitCode.usage,
      });
    }
    const { escrow } = await market.viewFor(client).balances({ signal });
    if (escrow < batch.quote.total) {
      throw escrowShort({
        what: 'the agreements cost',
        total: batch.quote.total,
        held: escrow,
        owner: client,
        hint: 'the client adds to it with `stowmarket wallet deposit`',
      });
    }
    const signed = { agreements, providerSignatures, ...(clientSignature !== undefined && { clientSignature }) };
    if (dryRun) {
      const dry = session.drySender();
      await dry.send(formAgreementsCall(market.chain, signed), { signal });
      const { rent, burn } = batch.quote;
      const from = accountOf(client);
      return reportDryRun(run, {
        command: 'agreements submit',
        record: { file, ...dataOf(batch) },
        lines: [describe(file, batch)],
        moves: [
          { amount: rent, from, to: 'rent of the agreements' },
          { amount: burn, from, to: 'nobody: burned' },
        ],
        senders: [dry],
        tokensPerCoin: config.quote.tokensPerCoin,
      });
    }
    const { ids, receipt } = await formAgreements(await session.sender(), signed, { signal });
    const formed = ids.map(formatAgreementId);
    const { transactionHash: transaction, blockNumber: block, gasUsed } = receipt;
    output.result(
      { type: 'agreements-formed', client, agreements: formed, ...batch.quote, transaction, block, gasUsed },
      `${plural(ids.length, 'agreement')} of ${client} formed in block ${block}: ${formed.join(', ')}`,
    );
    return undefined;
  });
}

async function readBatch({ signal }: Run, market: MarketSession, file: string): Promise<CheckedBatch> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new StowError({
      code: 'batch-unreadable',
      message: `cannot read ${file}: ${messageOf(error)}`,
      hint: 'name the file that `stowmarket put FILE --export` wrote',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
  return check(market, decodeBatch(text, market.chain.deployment, file), signal);
}

async function check(market: MarketSession, batch: AgreementBatch, signal: AbortSignal): Promise<CheckedBatch> {
  const { chain, index } = market;
  const { terms } = market.viewFor(batch.client);
  return checkBatch({ chain, index, terms }, batch, { signal });
}

/** Writes the file only once the signature in it is known to be the client's. */
async function keep(
  { output, signal }: Run,
  market: MarketSession,
  file: string,
  batch: AgreementBatch,
): Promise<void> {
  const checked = await check(market, batch, signal);
  await writeBatch(file, market.chain.deployment, checked);
  output.result(
    { type: 'agreement-batch', file, ...dataOf(checked) },
    `${file} is signed by ${checked.client}; send it within ${formatSeconds(checked.secondsLeft)}: stowmarket agreements submit ${file}`,
  );
}

function dataOf({ agreements, clientSignature, client, quote, deadline, secondsLeft }: CheckedBatch) {
  return { client, signed: clientSignature !== undefined, deadline, secondsLeft, ...quote, agreements };
}

function describe(file: string, { agreements, clientSignature, client, quote, secondsLeft }: CheckedBatch): string {
  return [
    `${file}: ${plural(agreements.length, 'agreement')} of ${client}, signed by the providers${clientSignature === undefined ? ', not yet by the client' : ' and the client'}`,
    formatTable(
      ['SHARD', 'PROVIDER', 'UNITS', 'PERIODS', 'RENT A PERIOD', 'COLLATERAL'],
      agreements.map((a) => [
        String(a.shardIndex),
        String(a.provider),
        String(a.units),
        String(a.periods),
        formatAmount(a.pricePerUnitPeriod * BigInt(a.units)),
        formatAmount(a.collateral),
      ]),
    ),
    `price  ${formatAmount(quote.total)}: ${formatAmount(quote.rent)} rent, ${formatAmount(quote.burn)} burned at signing; ${formatAmount(quote.heldBack)} of the rent waits for the end`,
    `can be formed for ${formatSeconds(secondsLeft)} more`,
  ].join('\n');
}
