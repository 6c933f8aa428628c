#!/usr/bin/env node
/**
 * The project's own compiler, called the way Foundry calls a native one: `solc --version`, and standard JSON from
 * standard input to standard output. The paths on the command line are not needed: Foundry sends every source.
 */
import process from 'node:process';
import { text } from 'node:stream/consumers';
import solc from 'solc';

process.stdout.write(
  process.argv.includes('--version')
    ? `solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`
    : // As a stream: Foundry's pipe does not block, so reading it at once can fail.
      solc.compile(await text(process.stdin)),
);
