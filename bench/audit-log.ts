// `npm run bench:audit-log [-- MB]`: who-used against jq, over a log of so many MB with 200 callers, in turns, after `npm run build`.
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { executable } from '../scripts/paths.ts';
import { otherEvent, requestEvents, reviewEvent } from '../test/kubelet/audit-log/events.ts';
import { formatUse, measure, median, type Use } from './measure.ts';

const callers = 200;
const nodes = 50;
const turns = 3;

/** The same events, with the fields that who-used needs. */
const filter = `select(
  (.objectRef.resource == "subjectaccessreviews" and .verb == "create" and .stage == "ResponseComplete"
    and (.user.username | startswith("system:node:")))
  or (.objectRef.resource == "nodes" and .objectRef.subresource == "proxy")
) | [.stageTimestamp, .user.username, .requestObject.spec.user, .requestObject.spec.resourceAttributes, .responseObject.status]`;

/** One event in twenty is a review, one in a hundred a request through the API server. */
function lineOf(index: number): string {
  const atMs = Date.UTC(2026, 0, 1) + index * 20;
  const caller = { user: `system:serviceaccount:a:agent-${(index * 7) % callers}` };
  const node = `node-${index % nodes}`;
  const by = ['agent', 'agent'] as const;
  if (index % 20 === 0)
    return JSON.stringify(
      reviewEvent({
        ...{ atMs, node, caller, by },
        subresource: index % 40 === 0 ? 'pods' : 'proxy',
        allowed: index % 40 !== 0,
      }),
    );
  if (index % 100 === 1)
    return JSON.stringify(
      requestEvents({ atMs, node, caller, allowed: true, path: '/stats/summary' })[1],
    );
  const responseObject = {
    metadata: { name: 'kube-proxy' },
    data: 'kubernetes.io/x "y" '.repeat(90),
  };
  return JSON.stringify({ ...otherEvent(atMs), responseObject });
}

async function writeLog(path: string, bytes: number): Promise<void> {
  const file = createWriteStream(path);
  let written = 0;
  for (let index = 0; written < bytes; index += 1) {
    const line = `${lineOf(index)}\n`;
    written += line.length;
    if (!file.write(line)) await new Promise((resolve) => file.once('drain', resolve));
  }
  file.end();
  await finished(file);
}

const megabytes = Number(process.argv[2] ?? 200);
const folder = mkdtempSync(join(tmpdir(), 'kubeletaccess-bench-'));
try {
  const path = join(folder, 'audit.log');
  await writeLog(path, megabytes * 1e6);
  process.stdout.write(`${megabytes} MB, load ${loadavg()[0]?.toFixed(1)}\n`);
  const runs: { readonly ours: Use; readonly jq: Use }[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const ours = await measure([executable, 'who-used', path], process.env);
    const jq = await measure(['jq', '-c', filter, path], process.env);
    runs.push({ ours, jq });
    process.stdout.write(`who-used ${formatUse(ours)}; jq ${formatUse(jq)}\n`);
  }
  const share = median(runs.map(({ ours, jq }) => ours.cpuMs / jq.cpuMs));
  process.stdout.write(`CPU of jq's: ${share.toFixed(2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
