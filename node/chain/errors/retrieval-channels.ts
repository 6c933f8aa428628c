import { ExitCode } from '../../core/errors.ts';
import { formatTokens } from '../../market/money.ts';
import type { retrievalChannelsAbi } from '../abi/retrieval-channels.ts';
import { instant, invalidParams, type SentenceTable } from './sentence.ts';

export const retrievalChannelsSentences: SentenceTable<typeof retrievalChannelsAbi> = {
  RetrievalChannels_InvalidParams: ([field]) => invalidParams('RetrievalChannels', field),
  RetrievalChannels_NoChannel: ([channel]) => ({
    message: `there is no channel ${channel}: it was never opened, or it is closed`,
    hint: 'check its number; what is closed has paid and given back everything',
    exitCode: ExitCode.notFound,
  }),
  RetrievalChannels_NotTheClient: ([channel, caller]) => ({
    message: `channel ${channel} is not that of ${caller}`,
    hint: 'use the wallet that opened it',
    exitCode: ExitCode.usage,
  }),
  RetrievalChannels_ZeroAmount: () => ({
    message: 'nothing was to be put behind the channel, and its expiry was to stay',
    hint: 'give an amount above zero, or a later expiry',
    exitCode: ExitCode.usage,
  }),
  RetrievalChannels_BadExpiry: ([expiry, earliest, latest]) => ({
    message: `the channel's expiry, ${instant(expiry)}, does not lie between ${instant(earliest)} and ${instant(latest)}`,
    hint: 'choose one between these; a channel is never shortened',
    exitCode: ExitCode.usage,
  }),
  RetrievalChannels_BadClientSignature: ([channel]) => ({
    message: `the voucher over channel ${channel} is not signed by its client as it stands`,
    hint: 'redeem a voucher as it came from the client',
    exitCode: ExitCode.usage,
  }),
  RetrievalChannels_BadProviderSignature: ([channel]) => ({
    message: `the provider of channel ${channel} did not agree to end it with this amount`,
    hint: 'ask it for its consent to the amount, or close from one side',
  }),
  RetrievalChannels_SignatureExpired: ([channel, deadline]) => ({
    message: `the provider's consent to end channel ${channel} held until ${instant(deadline)}, or was taken back`,
    hint: 'ask for another, or close from one side',
  }),
  RetrievalChannels_NothingNew: ([channel, amount, redeemed]) => ({
    message: `the voucher over channel ${channel} promises ${formatTokens(amount)} tokens, and ${formatTokens(redeemed)} were paid already`,
    hint: 'show the highest voucher that there is',
    exitCode: ExitCode.usage,
  }),
  RetrievalChannels_AboveDeposit: ([channel, amount, deposit]) => ({
    message: `the voucher over channel ${channel} promises ${formatTokens(amount)} tokens, and ${formatTokens(deposit)} stand behind it`,
    hint: 'the client has to top the channel up first; refuse vouchers above the deposit',
  }),
  RetrievalChannels_TooLate: ([channel, closesAt]) => ({
    message: `channel ${channel} has taken nothing since ${instant(closesAt)}`,
    hint: 'redeem before a channel closes; open another',
  }),
  RetrievalChannels_AlreadyClosing: ([channel, closesAt]) => ({
    message: `channel ${channel} is closing: it takes vouchers until ${instant(closesAt)}`,
    hint: 'wait until then and withdraw, or open another',
  }),
  RetrievalChannels_StillOpen: ([channel, closesAt]) => ({
    message: `channel ${channel} takes vouchers until ${instant(closesAt)}`,
    hint: 'withdraw after that; start to close it where nothing has yet',
    exitCode: ExitCode.tryAgain,
  }),
};
