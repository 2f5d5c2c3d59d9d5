import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/tools/shell.ts';
import { journalWriter } from './prerequisites.ts';
import type { RealCluster } from './real-cluster.ts';

/** Copies the logs of kubelets into journals while `use` runs: journalctl on a node then finds the unit kubelet. */
export async function withJournals(
  { directory, nodes }: Pick<RealCluster, 'directory' | 'nodes'>,
  use: () => Promise<void>,
): Promise<void> {
  const machine = await machineId();
  const journals = nodes.map((node, index) =>
    openJournal(
      join(directory, node, 'var/log/journal', machine),
      join(directory, 'log', `kubelet-${index + 1}.log`),
      { machine, node },
    ),
  );
  try {
    await use();
  } finally {
    for (const journal of journals) await journal.close();
  }
}

/** Returns the machine id, by which journalctl finds journals. Creates the id in a container image that lacks it. */
async function machineId(): Promise<string> {
  const read = () => readFileSync('/etc/machine-id', 'utf8').trim();
  try {
    const found = read();
    if (/^[0-9a-f]{32}$/.test(found)) return found;
  } catch {
    // The id is created below.
  }
  await run('systemd-machine-id-setup', []);
  return read();
}

/** journalctl -n shows only entries of this boot. */
const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '');

/** Time in ms between two copies. */
const every = 20;

function openJournal(
  folder: string,
  log: string,
  { machine, node }: { readonly machine: string; readonly node: string },
) {
  mkdirSync(folder, { recursive: true });
  const writer = spawn(journalWriter, ['-o', join(folder, 'system.journal'), '-'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(writer, 'exit');
  const file = openSync(log, 'r');
  // journalctl reports an error for a unit without entries.
  let at = Math.max(0, fstatSync(file).size - 16_384);
  let rest = '';
  const copy = () => {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(size - at);
    at += readSync(file, bytes, 0, bytes.length, at);
    const lines = (rest + bytes.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) writer.stdin.write(entryOf(line));
  };
  // Fields of the export format of journals.
  const entryOf = (message: string) =>
    `${[
      `__REALTIME_TIMESTAMP=${Date.now() * 1000}`,
      `__MONOTONIC_TIMESTAMP=${Math.floor(performance.now() * 1000)}`,
      ...[`_BOOT_ID=${boot}`, `_MACHINE_ID=${machine}`, `_HOSTNAME=${node}`],
      ...['SYSLOG_IDENTIFIER=kubelet', '_PID=1000', '_SYSTEMD_UNIT=kubelet.service'],
      `MESSAGE=${message}`,
    ].join('\n')}\n\n`;
  const timer = setInterval(copy, every);
  return {
    close: async () => {
      clearInterval(timer);
      closeSync(file);
      writer.stdin.end();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
