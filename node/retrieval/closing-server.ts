import { z } from 'zod';

import type { ControlTransport } from '../agreements/control-server.ts';
import type { ClosingDesk } from './closing-desk.ts';
import * as messages from './closing-messages.ts';

/** Answers clients that want a channel ended. */
export async function serveClosing(transport: ControlTransport, desk: Pick<ClosingDesk, 'agree'>): Promise<void> {
  await transport.handle(messages.CLOSE_CHANNEL_PROTOCOL, {
    maxRequestBytes: messages.MAX_CLOSING_BYTES,
    schema: messages.closeMessageSchema,
    handler: async (message, { signal }) => z.encode(messages.closeAnswerSchema, await desk.agree(message, signal)),
  });
}
