import type { Invocation } from '../../../cli/connection.ts';
import type { Outcomes } from '../../../errors.ts';
import { formatDuration } from '../../../text/duration.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import { openBodyMemory } from './body-memory.ts';
import { callFleet, type FleetCall } from './call-fleet.ts';
import type { OpenFleet } from './open-fleet.ts';
import { printResponse } from './print-response.ts';
import { renderTiming } from './render-timing.ts';

/** Sends a request to one kubelet, and prints the response while it arrives. */
export async function printOne(
  fleet: OpenFleet,
  call: FleetCall,
  { context, globals }: Invocation,
): Promise<Outcomes> {
  const { request, withHead, withTiming, retries } = call;
  const { stderr, signal } = context;
  const note = (text: string) => stderr.write(`note: ${escapeControlLine(text)}\n`);
  let printed = { isError: false, isLineOpen: false };
  const [failed] = await callFleet(fleet, call, {
    isStreamed: true,
    readBody: async (kubelet, response, { sentAt }) => {
      stderr.write(fleet.door.notes(Number(globals.verbosity) > 0));
      try {
        printed = await printResponse(kubelet, request, response, context, withHead);
      } finally {
        if (withTiming)
          stderr.write(
            `${printed.isLineOpen ? '\n' : ''}${renderTiming(response.timing, performance.now() - sentAt)}\n`,
          );
      }
      return { bytes: 0, body: undefined };
    },
    retryNotes: {
      ends: ({ ms, reason, isAsked }) => {
        const wait = formatDuration(ms);
        const why = isAsked
          ? `the response says to wait ${wait}`
          : `the pause of ${wait} would exceed --timeout`;
        note(`${reason}; not retried: ${why}`);
      },
      waits: ({ ms, attempt, reason }) =>
        note(`${reason}; retry ${attempt} of ${retries} in ${formatDuration(ms)}`),
    },
    memory: openBodyMemory(signal),
    print: async () => {},
    progress: () => {},
  });
  if (failed && failed.cause !== 'interrupted') throw failed.failure;
  return { signal, all: 1, failed: printed.isError ? 1 : 0 };
}
