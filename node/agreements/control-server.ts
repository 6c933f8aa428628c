import { z } from 'zod';
import type { PeerId } from '@libp2p/interface';

import type { Acceptor } from './acceptor.ts';
import * as messages from './messages.ts';

interface CallContext {
  readonly remotePeer: PeerId;
  readonly signal: AbortSignal;
}

/** What serves one request and one response per stream. */
export interface ControlTransport {
  handle<Request>(
    protocol: string,
    handler: {
      maxRequestBytes: number;
      schema: z.ZodType<Request>;
      handler(request: Request, context: CallContext): Promise<unknown>;
    },
  ): Promise<void>;
}

/** Answers the control protocols with an acceptor. */
export async function serveControl(transport: ControlTransport, acceptor: Acceptor): Promise<void> {
  const maxRequestBytes = messages.MAX_MESSAGE_BYTES;
  await transport.handle(messages.PROTOCOLS.terms, {
    maxRequestBytes,
    schema: messages.termsRequestSchema,
    handler: async () => z.encode(messages.termsResponseSchema, acceptor.terms()),
  });
  await transport.handle(messages.PROTOCOLS.reserve, {
    maxRequestBytes,
    schema: messages.reserveMessageSchema,
    handler: async (message, { remotePeer, signal }) =>
      z.encode(messages.reserveResponseSchema, await acceptor.reserve(remotePeer.toString(), message, signal)),
  });
  await transport.handle(messages.PROTOCOLS.sign, {
    maxRequestBytes,
    schema: messages.signMessageSchema,
    handler: async (message, { remotePeer, signal }) =>
      z.encode(messages.signResponseSchema, await acceptor.sign(remotePeer.toString(), message, signal)),
  });
  await transport.handle(messages.PROTOCOLS.release, {
    maxRequestBytes,
    schema: messages.releaseMessageSchema,
    handler: async ({ reservationId }, { remotePeer }) => {
      acceptor.release(remotePeer.toString(), reservationId);
      return z.encode(messages.releaseResponseSchema, {});
    },
  });
}
