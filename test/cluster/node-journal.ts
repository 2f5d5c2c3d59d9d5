import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/tools/shell.ts';
import { journalWriter } from './prerequisites.ts';
import type { RealCluster } from './real-cluster.ts';

/** Keeps journals of the kubelets' logs, from shortly before, as systemd does: their journalctl finds the unit kubelet. */
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

/** journalctl looks for journals of this machine, which an image of a container may leave without an id. */
async function machineId(): Promise<string> {
  const read = () => readFileSync('/etc/machine-id', 'utf8').trim();
  try {
    const found = read();
    if (/^[0-9a-f]{32}$/.test(found)) return found;
  } catch {
    // It is made next.
  }
  await run('systemd-machine-id-setup', []);
  return read();
}

/** journalctl -n shows the entries of this boot alone. */
const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '');

/** In ms. */
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
  // journalctl does not know a unit without entries.
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
