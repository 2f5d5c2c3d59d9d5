import { paintOf } from '../../cli/color.ts';
import type { Invocation } from '../../cli/connection.ts';
import type { KubeletInvocation } from '../../cli/kubelets.ts';
import { inFolder } from '../../kube/files/read-file.ts';
import { profileOf } from '../../kubelet/pprof.ts';
import { longestMs } from '../../text/duration.ts';
import { type BodyMemory, openBodyMemory } from '../shared/fleet/body-memory.ts';
import { takeInMemory } from '../shared/fleet/gather-body.ts';
import { withFleet } from '../shared/fleet/open-fleet.ts';
import { type FleetCall, type FleetOutput, printFleet } from '../shared/fleet/print-fleet.ts';
import type { CurlRequest } from './options.ts';
import { renderRemoved, takeInFolder } from './print-files.ts';
import { printOne } from './print-one.ts';
import { printFiles, printLines, printList, printText, printTimings } from './print-outcomes.ts';
import { readsStdin, withRequestBody } from './request-body.ts';

/** Sends a request to the kubelets that it is for, and prints their responses. */
export async function printResponses(
  curl: CurlRequest,
  invocation: KubeletInvocation,
): Promise<number> {
  const { context } = invocation;
  const { target, output, serviceAccount } = curl;
  const joinsJson = output.kind === 'json' || output.kind === 'ndjson';
  const request = { ...(await withRequestBody(curl, context)), joinsJson };
  return withFleet(
    invocation,
    {
      ...{ target, request, serviceAccount },
      ownStdin: curl.data.some(readsStdin),
    },
    async ({ found, access }) => {
      if (output.kind === 'stream') return printOne(found, request, curl, access, context);
      const memory = openBodyMemory(context.signal);
      const call = {
        ...{ request, target, parallel: curl.parallel },
        ...{ retries: curl.retries, ...limitsOf(curl) },
        ...{ withHead: curl.showHeaders, withTiming: curl.timing },
      };
      return printFleet(
        found,
        call,
        memory,
        access,
        invocation,
        await outputFor(curl, memory, invocation),
      );
    },
  );
}

/** In ms; a response of one node has no end that it must keep, unless --timeout is given. */
function limitsOf({
  target,
  timeoutMs,
  isTimeoutGiven,
}: CurlRequest): Pick<FleetCall, 'timeoutMs' | 'answerMs'> {
  return target.isFleet || isTimeoutGiven
    ? { timeoutMs, answerMs: undefined }
    : { timeoutMs: longestMs, answerMs: timeoutMs };
}

async function outputFor(
  { output, path, timing }: CurlRequest,
  memory: BodyMemory,
  invocation: Invocation,
): Promise<FleetOutput> {
  const { stdout, stderr, secrets, cwd, signal } = invocation.context;
  const to = { stdout, signal, mask: (text: string) => secrets.mask(text) };
  const whole = takeInMemory('any');
  if (output.kind === 'json') return { takeBody: whole, printer: printList(to, memory) };
  if (output.kind === 'ndjson') return { takeBody: whole, printer: printLines(to) };
  const timed = (printer: FleetOutput['printer']) =>
    timing ? printTimings(printer, stderr) : printer;
  if (output.kind === 'text')
    return {
      takeBody: takeInMemory('text'),
      printer: timed(printText(to, paintOf(invocation))),
    };
  if (output.kind !== 'files') throw new Error('one response is printed unchanged');
  const folder = inFolder(cwd, output.folder);
  const profile = profileOf(path);
  const removed: string[] = [];
  return {
    takeBody: await takeInFolder(folder, profile),
    printer: timed(printFiles(folder, profile, (file) => removed.push(file))),
    notes: () => renderRemoved(removed),
    isInFiles: !timing,
  };
}
