import type { TargetRequest } from '../../../cli/node-options.ts';
import { Failure, Interrupted, UsageFailure } from '../../../errors.ts';
import { forEachNode, type Slot } from '../../../kube/for-each-node.ts';
import { type Kubelet, longestErrorBody } from '../../../kube/kubelet-client/client.ts';
import { causeOfFailure, KubeletFailure } from '../../../kube/kubelet-client/kubelet-failure.ts';
import { responseFailure } from '../../../kube/kubelet-client/response-failure.ts';
import { withRetries } from '../../../kube/kubelet-client/retry.ts';
import { TransportError } from '../../../kube/transport/error.ts';
import { type Limits, msUntil } from '../../../kube/transport/limits.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import type { BodyMemory } from './body-memory.ts';
import { type Access, findKubelet } from './find-kubelet.ts';
import type { KubeletTarget } from './find-targets.ts';
import { headOf, locationOf } from './fleet-report.ts';
import {
  type ReadBody,
  type ReadContext,
  type ReadErrorBody,
  UnusableBody,
} from './gather-body.ts';
import { type CalledKubelet, type Failed, isFailed, type Outcome } from './outcome.ts';

/** Printer for results of many nodes, in the order in which they finish. `index` is a node's position among all nodes. */
export interface FleetPrinter {
  /** Prints a result. It must call `begin` before it writes, because `begin` erases the progress. */
  readonly print: (index: number, outcome: Outcome, begin: () => void) => Promise<void>;
  /** Called after the last result, even if the run was interrupted. */
  readonly end: () => Promise<void>;
}

export interface FleetSettings {
  readonly parallel: number;
  /** Time limit in ms for each node, to the end of its response. */
  readonly timeoutMs: number;
  /** Time limit in ms for a response to begin; undefined for the same limit. */
  readonly responseMs?: number | undefined;
  /** Number of retries of a request; 0 by default. */
  readonly retries?: number;
  /** Whether results include the status line and headers of responses. */
  readonly withHead?: boolean;
  readonly withTiming?: boolean;
  readonly readBody: ReadBody;
  /** Reads the printable part of an error response; undefined if there is none. */
  readonly readErrorBody?: ReadErrorBody | undefined;
  readonly memory: BodyMemory;
  readonly printer: {
    readonly print: (index: number, outcome: Outcome) => Promise<void>;
    readonly end: () => Promise<void>;
  };
  readonly progress: (done: number, all: number) => void;
}

interface Reaching {
  readonly target: TargetRequest;
  readonly access: Access;
}

/** Sends a request to each kubelet and prints each result. Returns the failed results, in the order of the targets. */
export async function callFleet(
  targets: readonly KubeletTarget[],
  request: Request,
  { target: path, access }: Reaching,
  settings: FleetSettings,
): Promise<readonly Failed[]> {
  const { printer, memory } = settings;
  const { signal } = access;
  const numbered = targets.map((target, index) => ({ target, index }));
  const skipped: number[] = [];
  const outcomes = await forEachNode(numbered, {
    ...settings,
    // Requests with side effects never exceed --parallel.
    makesRoom: /^(?:GET|HEAD)$/.test(request.method) && settings.parallel > 1,
    signal,
    ready: memory.ready,
    visit: async ({ target, index }, limits, slot) => {
      const { deadline } = limits;
      const { responseMs = limits.responseMs } = settings;
      // The body has its own time limit, which does not include waits for memory or a slot.
      const own: Limits = { ...limits, responseMs, isBodyFree: true };
      const open = () => findKubelet(target, path, access, own);
      const share = memory.open(index);
      const room = (bytes: number) => {
        const waits = share.take(bytes);
        // While this node waits for memory, another node that all others wait for may use its slot.
        if (waits) slot.pause();
        return waits?.then(slot.resume);
      };
      try {
        const call = { target, open, request, responseMs, deadline, slot, room, signal, settings };
        const outcome = await callOne(call);
        await printer.print(index, outcome);
        return isFailed(outcome) ? outcome : undefined;
      } finally {
        share.free();
      }
    },
    interrupted: ({ target, index }) => {
      skipped.push(index);
      const place = { ...placeOf(target, undefined), ms: 0 };
      return { ...interruptedAt(place, 'not called: interrupted'), notCalled: true };
    },
  });
  for (const index of skipped) {
    const outcome = outcomes[index];
    if (outcome) await printer.print(index, outcome);
  }
  await printer.end();
  return outcomes.filter((outcome) => outcome !== undefined);
}

interface Call {
  readonly target: KubeletTarget;
  readonly open: () => Kubelet;
  readonly request: Request;
  readonly responseMs: number;
  readonly deadline: number;
  readonly slot: Slot;
  readonly room: ReadContext['room'];
  readonly signal: AbortSignal;
  readonly settings: FleetSettings;
}

/** Calls a kubelet. A failure of the kubelet, or of a server on the way to it, is returned and not thrown. */
async function callOne(call: Call): Promise<Outcome> {
  const { target, open, request, responseMs, deadline, slot, room, signal, settings } = call;
  const start = performance.now();
  let kubelet: Kubelet | undefined;
  let status: number | undefined;
  const place = () => ({ ...placeOf(target, kubelet), ms: performance.now() - start });
  const nameAndNode = { name: target.name, node: target.node };
  try {
    const opened = open();
    kubelet = opened;
    const { response, errorResponse, content } = await withRetries(
      async () => {
        status = undefined;
        const response = await opened.send(request);
        ({ status } = response);
        const totalMs = msUntil(deadline);
        await slot.resume();
        if (status >= 400)
          return { response, errorResponse: await opened.read(response, longestErrorBody) };
        const context = { ...nameAndNode, totalMs, responseMs, signal, room };
        return { response, content: await settings.readBody(opened, response, context) };
      },
      (attempt) => attempt.response,
      { times: settings.retries ?? 0, limits: { responseMs, deadline }, signal },
    );
    if (errorResponse) {
      const shown = await settings.readErrorBody?.(opened, errorResponse, nameAndNode);
      if (!shown) throw responseFailure(opened, request, errorResponse);
      return { ...failedAt(place(), shown.failure, response.status), rows: shown.rows };
    }
    const head = settings.withHead ? headOf(response) : undefined;
    const timing = settings.withTiming ? response.timing : undefined;
    const location = locationOf(response);
    return { ...place(), status: response.status, location, timing, ...content, head };
  } catch (error) {
    if (error instanceof Interrupted && signal.aborted) return interruptedAt(place());
    if (!(error instanceof Failure) || error instanceof UsageFailure) throw error;
    return failedAt(place(), error, status);
  } finally {
    kubelet?.close();
  }
}

export function interruptedAt<Place>(place: Place, message = 'interrupted before it answered') {
  const failure = new Failure(message);
  return { ...place, status: undefined, cause: 'interrupted', timedOut: false, failure } as const;
}

/** Returns the fields of a result that identify the kubelet. `kubelet` is undefined if it was never opened. */
export function placeOf(
  { name, node }: KubeletTarget,
  kubelet: Kubelet | undefined,
): Omit<CalledKubelet, 'ms'> {
  const via = kubelet?.via ?? 'direct';
  return {
    name,
    node: node?.metadata.name,
    address: via === 'direct' ? (kubelet?.where.address ?? (node ? undefined : name)) : undefined,
    via,
  };
}

/** Returns a failed result. `status` is the status of a response whose body failed. */
export function failedAt<Place>(place: Place, failure: Failure, status?: number) {
  const cause = failure instanceof UnusableBody ? failure.why : causeOfFailure(failure);
  const timedOut = failure.cause instanceof TransportError && failure.cause.code === 'timeout';
  const ofAnswer = failure instanceof KubeletFailure ? failure.status : undefined;
  return { ...place, status: status ?? ofAnswer, cause, timedOut, failure };
}
