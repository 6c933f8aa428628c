import type { ServerHttp2Stream } from 'node:http2';

import { ExitCode, StowError } from '../core/errors.ts';
import type { ProgressLimits } from './progress-guard.ts';

/** A small request body, whole. @throws StowError `transfer-too-long`, and a plain error when it does not come in time */
export async function readBody(
  stream: ServerHttp2Stream,
  maxBytes: number,
  { windowMs }: Pick<ProgressLimits, 'windowMs'>,
): Promise<Uint8Array> {
  const late = setTimeout(() => stream.destroy(new Error('the request did not come in time')), windowMs);
  const chunks: Uint8Array[] = [];
  let received = 0;
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      received += chunk.byteLength;
      if (received > maxBytes) throw tooLong(maxBytes);
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(late);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

function tooLong(maxBytes: number): StowError {
  return new StowError({
    code: 'transfer-too-long',
    message: `the request has more than ${maxBytes} bytes`,
    hint: 'the two sides run different versions; update both',
    exitCode: ExitCode.usage,
  });
}
