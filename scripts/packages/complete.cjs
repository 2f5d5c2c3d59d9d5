#!/usr/bin/env node
// kubectl runs this file to complete the words after "kubectl kubeletaccess". Without the program it offers nothing.
const { spawnSync } = require('node:child_process');
const { findProgram } = require('./find-program.cjs');

const program = findProgram();
const stdio = ['ignore', 'inherit', 'ignore'];
const args = ['__complete', ...process.argv.slice(2)];
if (program === undefined || spawnSync(program, args, { stdio }).error !== undefined)
  process.stdout.write(':4\n');
