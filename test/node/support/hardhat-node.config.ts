import { defineConfig } from 'hardhat/config';

/** A chain for tests needs no compiler and no plugin: without them the node starts several times faster. */
export default defineConfig({});
