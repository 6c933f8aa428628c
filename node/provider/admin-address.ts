import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** `sun_path` of unix(7) has 108 bytes with its zero, on macOS 104. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * Where the admin endpoint of a data folder listens: a socket in the folder, or a named pipe on Windows. A folder whose path is
 * too long for a socket gets one in the system's temporary folder; both sides compute the same name.
 */
export function adminAddress(dataDir: string): string {
  const folder = resolve(dataDir);
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 32);
  if (process.platform === 'win32') return `\\\\.\\pipe\\stowmarket-${digest}`;
  const socket = join(folder, 'admin.sock');
  return Buffer.byteLength(socket) <= MAX_SOCKET_PATH_BYTES ? socket : join(tmpdir(), `stowmarket-${digest}.sock`);
}
