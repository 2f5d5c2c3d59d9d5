#!/usr/bin/env node
// Starts the program of this platform, which npm has installed as an optional dependency.
const { spawn } = require('node:child_process');

const name = `kubectl-kubeletaccess-${process.platform}-${process.arch}`;
const file = `kubectl-kubeletaccess${process.platform === 'win32' ? '.exe' : ''}`;

function find() {
  try {
    return require.resolve(`${name}/${file}`);
  } catch {
    process.stderr.write(
      `error: the npm package ${name} is not installed\n` +
        'hint: install kubectl-kubeletaccess again, on this platform and with optional dependencies\n',
    );
    process.exit(1);
  }
}

const child = spawn(find(), process.argv.slice(2), { stdio: 'inherit' });
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
// The program decides how it ends. A terminal sends Ctrl-C to both.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
