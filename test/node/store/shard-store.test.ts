import { MemoryShardStore } from '../../../node/store/memory/memory-shard-store.ts';
import { FsShardStore } from '../../../node/store/fs/fs-shard-store.ts';
import { describeShardStore } from './shard-store-suite.ts';
import { temporaryFolders } from './temporary-folder.ts';

describe('shard stores', () => {
  const newFolder = temporaryFolders();
  describeShardStore('memory store', async (capacityUnits) => new MemoryShardStore({ capacityUnits }));
  describeShardStore('file store', async (capacityUnits) =>
    FsShardStore.open({ folder: await newFolder(), capacityUnits }),
  );
});
