// `npm run bench:audit-log [-- MB]`: compares who-used with jq for an audit log of MB megabytes (by default 200). Needs `npm run build`.
// With --pipe, the log is not written to a file: who-used reads the whole log from a pipe, and jq reads at most 500 MB of it.
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { executable } from '../scripts/paths.ts';
import { otherEvent, requestEvents, reviewEvent } from '../test/kubelet/audit-log/events.ts';
import { formatUse, measure, median, type Use } from './measure.ts';

const callers = 200;
const nodes = 50;
const turns = 3;
/** Limit of the data that jq reads from a pipe, in MB. */
const partOfJq = 500;

const filter = `select(
  (.objectRef.resource == "subjectaccessreviews" and .verb == "create" and .stage == "ResponseComplete"
    and (.user.username | startswith("system:node:")))
  or (.objectRef.resource == "nodes" and .objectRef.subresource == "proxy")
) | [.stageTimestamp, .user.username, .requestObject.spec.user, .requestObject.spec.resourceAttributes, .responseObject.status]`;

/** Returns a line of the log. 1 of 20 events is a SubjectAccessReview, and 1 of 100 is a request to a kubelet through the API server. */
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

/** Generates lines with this total number of bytes. Yields chunks of the size of a pipe. */
function* linesOf(bytes: number): Generator<string> {
  let written = 0;
  let piece = '';
  for (let index = 0; written < bytes; index += 1) {
    const line = `${lineOf(index)}\n`;
    written += line.length;
    piece += line;
    if (piece.length < 64 * 1024) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

const logOf = (bytes: number) => Readable.from(linesOf(bytes), { objectMode: false });
const load = () => `load ${loadavg()[0]?.toFixed(1)}`;

/** Sends the log through a pipe, because the log may be larger than the disk. jq reads only the beginning of the log. */
async function comparePiped(megabytes: number): Promise<void> {
  const part = Math.min(megabytes, partOfJq);
  const read = async (command: readonly string[], size: number) => {
    const use = await measure(command, process.env, logOf(size * 1e6));
    const rate = `${Math.round((size * 1000) / use.cpuMs)} MB a second of CPU`;
    process.stdout.write(
      `${command[0] === 'jq' ? 'jq' : 'who-used'}, ${size} MB: ${formatUse(use)}, ${rate}; ${load()}\n`,
    );
    return use.cpuMs / size;
  };
  const jq = await read(['jq', '-c', filter], part);
  const short = await read([executable, 'who-used', '-'], part);
  const ours = await read([executable, 'who-used', '-'], megabytes);
  process.stdout.write(
    `CPU of jq's for each MB: ${(short / jq).toFixed(2)} of ${part} MB, ${(ours / jq).toFixed(2)} of ${megabytes} MB\n`,
  );
}

async function compareFiles(megabytes: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeletaccess-bench-'));
  try {
    const path = join(folder, 'audit.log');
    await pipeline(logOf(megabytes * 1e6), createWriteStream(path));
    process.stdout.write(`${megabytes} MB, ${load()}\n`);
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
}

const { values, positionals } = parseArgs({
  options: { pipe: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const megabytes = Number(positionals[0] ?? 200);
await (values.pipe ? comparePiped(megabytes) : compareFiles(megabytes));
