import { paintOf } from '../../cli/color.ts';
import type { Invocation } from '../../cli/connection.ts';
import type { KubeletInvocation } from '../../cli/kubelets.ts';
import type { Context } from '../../context.ts';
import type { Outcomes } from '../../errors.ts';
import { UsageFailure } from '../../errors.ts';
import { makeFolder } from '../../kube/files/download-file.ts';
import { inFolder, readInput } from '../../kube/files/read-file.ts';
import { readStdin } from '../../kube/files/read-stdin.ts';
import { openWrittenFiles } from '../../kube/files/written-files.ts';
import type { Request } from '../../kube/transport/transport.ts';
import { pprofProfileOf } from '../../kubelet/pprof.ts';
import { openBodyMemory } from '../shared/fleet/body-memory.ts';
import { limitsOf } from '../shared/fleet/call-fleet.ts';
import { readInMemory } from '../shared/fleet/gather-body.ts';
import { withFleet } from '../shared/fleet/open-fleet.ts';
import { type FleetOutput, printFleet } from '../shared/fleet/print-fleet.ts';
import { printOne } from '../shared/fleet/print-one.ts';
import { readToFolder, renderRemoved, renderWritten } from './print-files.ts';
import { printFiles, printLines, printList, printText, printTimings } from './print-outcomes.ts';
import type { CurlSettings } from './request.ts';

export async function printResponses(
  curl: CurlSettings,
  invocation: KubeletInvocation,
): Promise<Outcomes> {
  const { context } = invocation;
  const { chosen, output, serviceAccount } = curl;
  const joinsJson = output.kind === 'json' || output.kind === 'ndjson';
  const request = { ...(await withRequestBody(curl, context)), joinsJson };
  return withFleet(
    invocation,
    { ...{ chosen, request, serviceAccount }, ownStdin: curl.data.some(readsStdin) },
    async (fleet) => {
      const call = {
        ...{ request, chosen, parallel: curl.parallel },
        ...{ retries: curl.retries, ...limitsOf(curl) },
        ...{ withHead: curl.showHeaders, withTiming: curl.timing },
      };
      if (output.kind === 'stream') return printOne(fleet, call, invocation);
      return printFleet(fleet, call, invocation, await outputFor(curl, invocation));
    },
  );
}

async function outputFor(
  { output, path, timing }: CurlSettings,
  invocation: Invocation,
): Promise<FleetOutput> {
  const { stdout, stderr, secrets, cwd, signal } = invocation.context;
  const to = { stdout, signal, mask: (text: string) => secrets.mask(text) };
  const whole = readInMemory('any', path);
  if (output.kind === 'json') {
    const memory = openBodyMemory(signal);
    return { readBody: whole, printer: printList(to, memory), memory };
  }
  if (output.kind === 'ndjson') return { readBody: whole, printer: printLines(to) };
  const timed = (printer: FleetOutput['printer']) =>
    timing ? printTimings(printer, stderr) : printer;
  if (output.kind === 'text')
    return {
      readBody: readInMemory('text', path),
      printer: timed(printText(to, paintOf(invocation))),
    };
  if (output.kind !== 'files') throw new Error('one response is printed unchanged');
  const folder = inFolder(cwd, output.folder);
  const profile = pprofProfileOf(path);
  const removed: string[] = [];
  const files: string[] = [];
  await makeFolder(folder);
  const written = openWrittenFiles(folder);
  return {
    readBody: readToFolder(folder, written, profile, (file) => files.push(file)),
    printer: timed(printFiles(folder, written, profile, (file) => removed.push(file))),
    notes: () => renderWritten(files, output.folder) + renderRemoved(removed),
    isInFiles: !timing,
  };
}

type DataSource = Pick<Context, 'cwd' | 'stdin' | 'signal'>;

/** Content-Type of a request body without that header, as in curl. Kubelets read `cmd` of /run only from a form. */
const formType = { 'content-type': 'application/x-www-form-urlencoded' };

async function withRequestBody(
  { method, path, headers, data }: CurlSettings,
  reading: DataSource,
): Promise<Request> {
  if (data.length === 0) return { method, path, headers };
  const body = await readRequestBody(data, reading);
  return { method, path, headers: { ...formType, ...headers }, body };
}

/** Reads the values of -d as curl does: joins them by `&`, reads `@FILE` and `@-`, and removes CR, LF and NUL from files. */
export async function readRequestBody(
  given: readonly string[],
  reading: DataSource,
): Promise<Buffer> {
  if (given.filter(readsStdin).length > 1)
    throw new UsageFailure('standard input can be sent only once: @- is given twice');
  const parts: Buffer[] = [];
  for (const [index, each] of given.entries()) {
    if (index > 0) parts.push(Buffer.from('&'));
    parts.push(await readPart(each, reading));
  }
  return Buffer.concat(parts);
}

function readsStdin(value: string): boolean {
  return value === '@-';
}

async function readPart(value: string, reading: DataSource): Promise<Buffer> {
  if (!value.startsWith('@')) return Buffer.from(value);
  const { cwd, signal } = reading;
  const path = value.slice(1);
  const content = readsStdin(value)
    ? await readStdin(reading.stdin, signal)
    : await readInput('data', path, { cwd, signal });
  return Buffer.from(content.filter((byte) => byte !== 13 && byte !== 10 && byte !== 0));
}
