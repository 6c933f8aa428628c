import type { Maker } from '../step.ts';
import { answerAudit, closeAudit, openAudit } from './auditing.ts';
import { amendAsk, bringAsk, cancelAsks, postAsk, startSeries } from './asks.ts';
import { answerBid, cancelBid, closeBid, postBid } from './bids.ts';
import { publishKey, share, unshare } from './catalog.ts';
import { countClients, declareCapacity, trimCapacity } from './capacity.ts';
import {
  closeChannel,
  collectBurned,
  openByPermit2,
  openChannel,
  openFromWallet,
  redeem,
  redeemBatch,
  startClose,
  topUpChannel,
  withdrawChannel,
} from './channels.ts';
import { answerDemand, closeDemand, demandUnits } from './demands.ts';
import { concede, end, giveNotice, settle } from './ending.ts';
import { form } from './forming.ts';
import { handOver, revokeNonces } from './handing-over.ts';
import { intrude } from './intruding.ts';
import { declareMaintenance } from './maintenance.ts';
import { approve, deposit, depositWithPermit, depositWithPermit2, sweepBurned, withdraw } from './money.ts';
import { assignPlacement, register, revokeSignatures, stake, updateAddresses } from './providers.ts';
import { claimReportFee, fixSeed, prove, recordMisses } from './proving.ts';
import { authorizeRepairs, postRepair } from './repairs.ts';
import { renew, topUp } from './renewing.ts';
import { authorizeSession, revokeSession } from './sessions.ts';
import { unbond, withdrawStake } from './unbonding.ts';
import { wait } from './waiting.ts';

/** Every kind of step, and how often it is tried. */
export const ACTIONS = {
  prove: [prove, 60],
  wait: [wait, 4],
  form: [form, 26],
  settle: [settle, 10],
  end: [end, 14],
  giveNotice: [giveNotice, 5],
  concede: [concede, 2.5],
  renew: [renew, 7],
  topUp: [topUp, 9],
  handOver: [handOver, 8],
  recordMisses: [recordMisses, 14],
  claimReportFee: [claimReportFee, 4],
  declareMaintenance: [declareMaintenance, 5],
  fixSeed: [fixSeed, 1],
  openAudit: [openAudit, 9],
  answerAudit: [answerAudit, 9],
  closeAudit: [closeAudit, 5],
  authorizeSession: [authorizeSession, 5],
  revokeSession: [revokeSession, 1],
  register: [register, 6],
  assignPlacement: [assignPlacement, 6],
  updateAddresses: [updateAddresses, 1],
  revokeSignatures: [revokeSignatures, 1],
  stake: [stake, 7],
  unbond: [unbond, 4],
  withdrawStake: [withdrawStake, 4],
  postAsk: [postAsk, 9],
  amendAsk: [amendAsk, 4],
  cancelAsks: [cancelAsks, 4],
  bringAsk: [bringAsk, 5],
  startSeries: [startSeries, 1],
  postBid: [postBid, 8],
  answerBid: [answerBid, 14],
  cancelBid: [cancelBid, 1],
  closeBid: [closeBid, 3],
  authorizeRepairs: [authorizeRepairs, 3],
  postRepair: [postRepair, 8],
  publishKey: [publishKey, 1],
  share: [share, 3],
  unshare: [unshare, 1.5],
  declareCapacity: [declareCapacity, 9],
  trimCapacity: [trimCapacity, 2],
  countClients: [countClients, 4],
  openChannel: [openChannel, 8],
  openFromWallet: [openFromWallet, 3],
  openByPermit2: [openByPermit2, 0.5],
  topUpChannel: [topUpChannel, 6],
  redeem: [redeem, 10],
  redeemBatch: [redeemBatch, 4],
  closeChannel: [closeChannel, 7],
  startClose: [startClose, 3],
  withdrawChannel: [withdrawChannel, 4],
  collectBurned: [collectBurned, 1.5],
  demandUnits: [demandUnits, 6],
  answerDemand: [answerDemand, 6],
  closeDemand: [closeDemand, 3],
  deposit: [deposit, 7],
  depositWithPermit: [depositWithPermit, 3],
  depositWithPermit2: [depositWithPermit2, 0.5],
  approve: [approve, 1],
  withdraw: [withdraw, 5],
  sweepBurned: [sweepBurned, 1],
  revokeNonces: [revokeNonces, 2],
  intrude: [intrude, 2],
} as const satisfies Readonly<Record<string, readonly [Maker, number]>>;

export type ActionName = keyof typeof ACTIONS;
