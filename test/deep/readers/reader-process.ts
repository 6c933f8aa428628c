import { once } from 'node:events';
import { readFileSync } from 'node:fs';

import { connectChain } from '../../../node/chain/client.ts';
import { mapLimited } from '../../../node/client/session/map-limited.ts';
import type { Order, ReaderOutcome } from './messages.ts';
import { PayingReader } from './paying-reader.ts';

/** Some of the readers. Each connects and reads a little; then it waits for the word, as the others do, and all go on at once. */
const CONNECTING_AT_ONCE = 4;

const [order] = (await once(process, 'message')) as [Order];
const view = await connectChain({ rpcUrl: order.rpcUrl, deployments: order.deployments });
const stored = readFileSync(order.shard.file);
const readers = await Promise.all(order.readers.map((spec) => PayingReader.open(view, order, spec, stored)));
await mapLimited(readers, CONNECTING_AT_ONCE, (reader) => reader.begin());
process.send?.('ready');
await once(process, 'message');
const untilMs = performance.now() + order.seconds * 1_000;
const outcomes: ReaderOutcome[] = await Promise.all(readers.map((reader) => reader.run(untilMs)));
process.send?.(outcomes, () => process.disconnect());
