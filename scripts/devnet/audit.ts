import { type Devnet, mustRun, type Say } from './devnet.ts';

/** What `stowmarket audit --json` says, as far as it is told here. */
interface AuditRecord {
  agrees: boolean;
  fromBlock: string;
  block: string;
  events: number;
  compared: number;
}

/** Recomputes everything that happened from the event log, through the command that anybody would use; throws when something differs. */
export async function audit(net: Devnet, say: Say): Promise<void> {
  say.step('Audit: every balance, payment, slash and score, recomputed from the event log');
  const record = (await mustRun(net.group, ['--json', 'audit'], net.clientEnv)) as unknown as AuditRecord;
  if (!record.agrees) throw new Error('the audit ended with 0 and found differences');
  say(
    `blocks ${record.fromBlock} to ${record.block}: ${record.events} events replayed, ${record.compared} values compared; everything agrees, to the wei`,
  );
}
