import { z } from 'zod';

import { signatureCodec, uintString } from '../agreements/wire.ts';
import { voucherSchema } from './messages.ts';

/** A client asks a provider to agree to the end of a channel: a control message, as those of `agreements/messages.ts`. */
export const CLOSE_CHANNEL_PROTOCOL = '/stowmarket/close-channel/1.0.0';

/** Below 300 bytes; anything much longer is no message of ours. */
export const MAX_CLOSING_BYTES = 2_048;

/** Signed by the channel's client, so that nobody else can end what it pays for; `expiry` is at most 15 minutes ahead. */
export const closeMessageSchema = z.strictObject({
  request: z.strictObject({ channel: uintString(64), expiry: uintString(64) }),
  signature: signatureCodec,
});
export type CloseMessage = z.output<typeof closeMessageSchema>;

export const closeAnswerSchema = z.strictObject({
  /** The highest that the provider has; of nothing beyond what was redeemed, where it has none. */
  voucher: voucherSchema,
  /** Its client's; absent where it has none. */
  voucherSignature: signatureCodec.optional(),
  /** Unix seconds until which the consent holds. */
  deadline: uintString(64),
  /** The node key's, over `Closing(voucher, deadline)`. */
  signature: signatureCodec,
});
export type CloseAnswer = z.output<typeof closeAnswerSchema>;
