#!/usr/bin/env node
// Starts the program of this platform.
const { spawn } = require('node:child_process');
const { findProgram, packageName } = require('./find-program.cjs');

const program = findProgram();
if (program === undefined) {
  process.stderr.write(
    `error: the npm package ${packageName} is not installed\n` +
      'hint: install kubectl-kubeletaccess again, on this platform and with optional dependencies\n',
  );
  process.exit(1);
}

const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
child.on('error', (error) => {
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
});
child.on('exit', (code, signal) => {
  if (signal === null) {
    process.exitCode = code;
    return;
  }
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
// The program decides when it ends: a terminal sends Ctrl-C to both processes, and this process passes on other signals.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
