import { defineConfig } from 'hardhat/config';

/** The chain needs no compiler and no plugin: without them it starts several times faster. */
export default defineConfig({});
