/**
 * The other process of the plain copies: takes bytes into a file and gives them out of one, over TCP and over HTTP/1.1. Run with the
 * file's path; tells its ports to the parent and ends with it.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { finished, pipeline } from 'node:stream/promises';

const READ_BYTES = 1_048_576;
const [path = ''] = process.argv.slice(2);

/** `p` and the bytes, answered with one byte once they are written; or `g`, answered with the bytes. */
async function serve(socket: Socket): Promise<void> {
  const first = await new Promise<Buffer>((resolve) =>
    socket.once('readable', () => resolve(socket.read(1) as Buffer)),
  );
  if (first.toString() === 'g') return pipeline(createReadStream(path, { highWaterMark: READ_BYTES }), socket);
  const file = createWriteStream(path, { highWaterMark: READ_BYTES });
  socket.pipe(file);
  await finished(file);
  socket.end('.');
}

const tcp = createServer({ allowHalfOpen: true }, (socket) => {
  serve(socket).catch((error: unknown) => socket.destroy(error instanceof Error ? error : undefined));
});
const http = createHttpServer((request, response) => {
  const done =
    request.method === 'PUT'
      ? pipeline(request, createWriteStream(path, { highWaterMark: READ_BYTES })).then(() => response.end())
      : pipeline(createReadStream(path, { highWaterMark: READ_BYTES }), response);
  void Promise.resolve(done).catch(() => response.destroy());
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

process.send?.({ tcp: await listen(tcp), http: await listen(http) });
process.on('disconnect', () => process.exit());
