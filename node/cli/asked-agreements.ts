import type { AgreementRow } from '../chain/market-index.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import { parseAgreementId } from '../market/agreement-id.ts';
import { type ClientSetup, directoryOf } from './client-setup.ts';
import type { Run } from './program-context.ts';

/**
 * What providers are asked about: an agreement, whoever's; or the latest agreement of each shard of an object of this wallet.
 * @throws StowError `object-unknown`, `object-ambiguous`
 */
export async function askedAgreements(
  { signal }: Run,
  session: ClientSession,
  setup: ClientSetup,
  reference: string,
): Promise<readonly AgreementRow[]> {
  const id = parseAgreementId(reference);
  const row = id === undefined ? undefined : await session.market.index.agreement(id);
  if (row !== undefined) return [row];
  return (await directoryOf(session, setup).find(reference, { signal })).object.agreements;
}

/** Nothing is left to ask for. */
export function nothingRuns(code: 'nothing-to-audit' | 'nothing-to-demand', reference: string): StowError {
  return new StowError({
    code,
    message: `no agreement over ${JSON.stringify(reference.slice(0, 200))} runs any more`,
    hint: '`stowmarket agreements --all` shows how they ended',
    exitCode: ExitCode.notFound,
  });
}
