import type { FleetChoice } from '../../../cli/node-options.ts';
import { Failure, Interrupted, UsageFailure } from '../../../errors.ts';
import { forEachNode, type Slot } from '../../../kube/for-each-node.ts';
import { type Kubelet, longestErrorBody } from '../../../kube/kubelet-client/client.ts';
import { causeOfFailure, KubeletFailure } from '../../../kube/kubelet-client/kubelet-failure.ts';
import { responseFailure } from '../../../kube/kubelet-client/response-failure.ts';
import { type Retries, withRetries } from '../../../kube/kubelet-client/retry.ts';
import { TransportError } from '../../../kube/transport/error.ts';
import { type Limits, limitsFrom, msUntil } from '../../../kube/transport/limits.ts';
import type { HttpResponse, Request } from '../../../kube/transport/transport.ts';
import { longestMs } from '../../../text/duration.ts';
import type { KubeletTarget } from '../door/find-targets.ts';
import type { BodyMemory } from './body-memory.ts';
import { locationOf } from './fleet-report.ts';
import {
  type ReadBody,
  type ReadContext,
  type ReadErrorBody,
  UnusableBody,
} from './gather-body.ts';
import type { OpenFleet } from './open-fleet.ts';
import { type CalledKubelet, type CallOutcome, type Failed, isFailed } from './outcome.ts';

export interface FleetCall {
  readonly request: Request;
  readonly chosen: FleetChoice;
  readonly parallel: number;
  /** Time limit in ms for each node, to the end of its response. */
  readonly timeoutMs: number;
  /** Time limit in ms for a response to begin; undefined if only `timeoutMs` limits it. */
  readonly responseMs?: number | undefined;
  readonly retries?: number;
  readonly withHead?: boolean;
  readonly withTiming?: boolean;
}

/** Without --timeout, the body of a single node may take any time. */
export function limitsOf({
  chosen,
  timeoutMs,
  isTimeoutGiven,
}: {
  readonly chosen: FleetChoice;
  readonly timeoutMs: number;
  readonly isTimeoutGiven: boolean;
}): Pick<FleetCall, 'timeoutMs' | 'responseMs'> {
  return chosen.isFleet || isTimeoutGiven
    ? { timeoutMs, responseMs: undefined }
    : { timeoutMs: longestMs, responseMs: timeoutMs };
}

export interface FleetReader {
  readonly readBody: ReadBody;
  readonly readErrorBody?: ReadErrorBody | undefined;
  /**
   * Whether `readBody` prints each response as it arrives, also an error response. A request is then not repeated if reading its body
   * fails.
   */
  readonly isStreamed?: boolean;
  readonly retryNotes?: Pick<Retries, 'waits' | 'ends'>;
  readonly memory: BodyMemory;
  readonly print: (index: number, outcome: CallOutcome) => Promise<void>;
  readonly progress: (done: number, all: number) => void;
}

/** Returns the failed results in the order of the targets. */
export async function callFleet(
  { found, door, signal }: Pick<OpenFleet, 'found' | 'door' | 'signal'>,
  call: FleetCall,
  reader: FleetReader,
): Promise<readonly Failed[]> {
  const { memory, print } = reader;
  const numbered = found.targets.map((target, index) => ({ target, index }));
  const skipped: number[] = [];
  const outcomes = await forEachNode(numbered, {
    ...call,
    progress: reader.progress,
    // Requests with side effects never exceed --parallel.
    makesRoom: /^(?:GET|HEAD)$/.test(call.request.method) && call.parallel > 1,
    signal,
    ready: memory.ready,
    visit: async ({ target, index }, { deadline, responseMs }, slot) => {
      const share = memory.open(index);
      const room = (bytes: number) => {
        const waits = share.take(bytes);
        // While this node waits for memory, the node whose result is printed next may use the slot.
        if (waits) slot.pause();
        return waits?.then(slot.resume);
      };
      // The time limit of a body does not include waits for memory or a slot. A body that is printed as it arrives waits for neither.
      const limits: Limits = {
        ...limitsFrom(call.responseMs ?? responseMs),
        ...{ deadline, ...(!reader.isStreamed && { isBodyFree: true }) },
      };
      try {
        const open = () => door.one(target, limits);
        const outcome = await callOne({ target, open, limits, slot, room, signal }, call, reader);
        await print(index, outcome);
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
    if (outcome) await print(index, outcome);
  }
  return outcomes.filter((outcome) => outcome !== undefined);
}

interface Visit extends Pick<ReadContext, 'room' | 'signal'> {
  readonly target: KubeletTarget;
  readonly open: () => Kubelet;
  readonly limits: Limits;
  readonly slot: Slot;
}

/** Returns, and does not throw, a failure of the kubelet or of a server on the way to it. */
async function callOne(
  { target, open, limits, slot, room, signal }: Visit,
  { request, retries = 0, withHead, withTiming }: FleetCall,
  { readBody, readErrorBody, isStreamed, retryNotes }: FleetReader,
): Promise<CallOutcome> {
  const start = performance.now();
  const { name, node } = target;
  let kubelet: Kubelet | undefined;
  let status: number | undefined;
  const place = () => ({ ...placeOf(target, kubelet), ms: performance.now() - start });
  try {
    // The build's snapshot runs this function, and V8 crashes there at a `using` declaration.
    const opened = open();
    kubelet = opened;
    const read = async (response: HttpResponse, sentAt: number) => {
      const totalMs = msUntil(limits.deadline);
      await slot.resume();
      if (response.status >= 400 && !isStreamed)
        return { errorResponse: await opened.read(response, longestErrorBody) };
      const { responseMs } = limits;
      const context = { name, node, totalMs, responseMs, sentAt, signal, room };
      return { content: await readBody(opened, response, context) };
    };
    const { response, sentAt, early } = await withRetries(
      async () => {
        status = undefined;
        const sentAt = performance.now();
        const response = await opened.send(request);
        ({ status } = response);
        return { response, sentAt, early: isStreamed ? undefined : await read(response, sentAt) };
      },
      (attempt) => attempt.response,
      { times: retries, limits, signal, ...retryNotes },
    );
    const { errorResponse, content } = early ?? (await read(response, sentAt));
    if (errorResponse) {
      const shown = await readErrorBody?.(opened, errorResponse, { name, node });
      if (!shown) throw responseFailure(opened, request, errorResponse);
      return { ...failedAt(place(), shown.failure, response.status), rows: shown.rows };
    }
    const { statusText, rawHeaders } = response;
    return {
      ...{ ...place(), status: response.status, location: locationOf(response), ...content },
      timing: withTiming ? response.timing : undefined,
      head: withHead ? { status: response.status, statusText, rawHeaders } : undefined,
    };
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

/** @param kubelet undefined if the kubelet was never opened */
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

/** @param status the status of a response whose body failed */
export function failedAt<Place>(place: Place, failure: Failure, status?: number) {
  const cause = failure instanceof UnusableBody ? failure.why : causeOfFailure(failure);
  const timedOut = failure.cause instanceof TransportError && failure.cause.code === 'timeout';
  const ofAnswer = failure instanceof KubeletFailure ? failure.status : undefined;
  return { ...place, status: status ?? ofAnswer, cause, timedOut, failure };
}
