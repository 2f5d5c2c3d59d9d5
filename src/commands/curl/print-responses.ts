import { paintOf } from '../../cli/color.ts';
import type { Invocation } from '../../cli/connection.ts';
import type { KubeletInvocation } from '../../cli/kubelets.ts';
import type { Context } from '../../context.ts';
import type { Outcomes } from '../../errors.ts';
import { UsageFailure } from '../../errors.ts';
import { makeFolder } from '../../kube/files/download-file.ts';
import { inFolder, readInput } from '../../kube/files/read-file.ts';
import { readStdin } from '../../kube/files/read-stdin.ts';
import { readWrittenFiles } from '../../kube/files/written-files.ts';
import type { Request } from '../../kube/transport/transport.ts';
import { createBodyMemory } from '../shared/fleet/body-memory.ts';
import { limitsOf } from '../shared/fleet/call-fleet.ts';
import { readInMemory } from '../shared/fleet/gather-body.ts';
import { withFleet } from '../shared/fleet/open-fleet.ts';
import type { CalledKubelet, Unread } from '../shared/fleet/outcome.ts';
import { type FleetOutput, printFleet } from '../shared/fleet/print-fleet.ts';
import { printOne } from '../shared/fleet/print-one.ts';
import {
  placesOf,
  readToFiles,
  renderRemoved,
  renderUnread,
  renderWritten,
} from './print-files.ts';
import { printFiles, printList, printNdjson, printText, printTimings } from './print-outcomes.ts';
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
      const unread: (Unread & CalledKubelet)[] = [];
      const to = await outputFor(
        curl,
        { request, unread, server: fleet.connection.server },
        invocation,
      );
      const outcomes = await printFleet(fleet, call, invocation, to);
      return { ...outcomes, isPartial: outcomes.isPartial || unread.length > 0 };
    },
  );
}

async function outputFor(
  { output, paths, timing }: CurlSettings,
  {
    request,
    unread,
    server,
  }: {
    readonly request: Request;
    readonly unread: (Unread & CalledKubelet)[];
    readonly server: string;
  },
  invocation: Invocation,
): Promise<FleetOutput> {
  const { stdout, stderr, secrets, cwd, signal } = invocation.context;
  const to = { stdout, signal, server, mask: (text: string) => secrets.mask(text) };
  const { path } = request;
  const whole = readInMemory('any', path);
  if (output.kind === 'json') {
    const memory = createBodyMemory(signal);
    return { readBody: whole, printer: printList(to, memory), memory };
  }
  if (output.kind === 'ndjson') return { readBody: whole, printer: printNdjson(to) };
  const timed = (printer: FleetOutput['printer']) =>
    timing ? printTimings(printer, stderr) : printer;
  if (output.kind === 'text')
    return {
      readBody: readInMemory('text', path),
      printer: timed(printText(to, paintOf(invocation))),
    };
  if (output.kind !== 'files') throw new Error('one response is printed unchanged');
  const folder = inFolder(cwd, output.folder);
  const removed: string[] = [];
  const wrote: string[] = [];
  await makeFolder(folder);
  const files = {
    ...{ folder, written: readWrittenFiles(folder), places: placesOf(paths) },
    wrote: (file: string) => wrote.push(file),
    removed: (file: string) => removed.push(file),
  };
  return {
    readBody: readToFiles(files, request),
    isStreamed: paths.length > 1,
    printer: timed(printFiles(files, (parts) => unread.push(...parts))),
    notes: () =>
      renderWritten(wrote, output.folder) + renderRemoved(removed) + renderUnread(unread),
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
