import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import { Failure, type Outcomes, orFailure } from '../../../errors.ts';
import { counted } from '../../../text/list.ts';
import { openProgress } from '../../../text/progress.ts';
import { type Door, largeFleet } from '../door/open-door.ts';
import { type BodyMemory, createBodyMemory } from './body-memory.ts';
import { callFleet, type FleetCall, type FleetReader } from './call-fleet.ts';
import {
  renderCost,
  renderFleetEnd,
  renderRedirects,
  renderShard,
  type Sender,
} from './fleet-report.ts';
import type { OpenFleet } from './open-fleet.ts';
import { type CallOutcome, type Failed, isFailed } from './outcome.ts';

/** Prints results in the order in which nodes finish. */
export interface FleetPrinter {
  /** `index` is the position of the node. `begin` erases the progress, and must be called before anything is written. */
  readonly print: (index: number, outcome: CallOutcome, begin: () => void) => Promise<void>;
  /** Called after the last result, even if the run was interrupted. */
  readonly end: () => Promise<void>;
}

export interface FleetOutput
  extends Pick<FleetReader, 'readBody' | 'readErrorBody' | 'isStreamed'> {
  readonly printer: FleetPrinter;
  /** Set if the printer keeps bodies in memory. */
  readonly memory?: BodyMemory;
  /** Whether failures with the same cause are shortened to one line. Has no effect if all nodes failed. */
  readonly isBrief?: boolean;
  /** Whether bodies go to files. Then the progress stays until the end. */
  readonly isInFiles?: boolean;
  /** Returns lines that are written to stderr after the results. */
  readonly notes?: (failed: readonly Failed[]) => string;
}

/** Calls all targets, prints results as they arrive, and then failures. */
export async function printFleet(
  fleet: OpenFleet,
  call: FleetCall,
  invocation: KubeletInvocation,
  { printer, notes, isInFiles = false, isBrief, ...output }: FleetOutput,
): Promise<Outcomes> {
  const { stderr, signal } = invocation.context;
  const { door } = fleet;
  const { targets, all, leftOut } = fleet.found;
  const { chosen } = call;
  const { memory = createBodyMemory(signal) } = output;
  stderr.write(renderShard(chosen.shard, targets.length, all));
  if (targets.length >= largeFleet)
    stderr.write(renderCost(targets.length, await credentialOf(door)));
  const redirects = new Map<string, number>();
  // No `using` declaration: the build's snapshot runs this function, and V8 crashes there at such a declaration.
  const progress = openProgress(stderr, 'calling kubelets', true);
  const endProgress = isInFiles ? () => {} : progress.end;
  const print = async (index: number, outcome: CallOutcome) => {
    const location = isFailed(outcome) ? undefined : outcome.location;
    if (location !== undefined) redirects.set(location, (redirects.get(location) ?? 0) + 1);
    await printer.print(index, outcome, endProgress);
  };
  let cut = 0;
  const retryNotes = {
    ends: () => {
      cut += 1;
    },
  };
  const failed = await callFleet(fleet, call, {
    ...{ ...output, memory, print, progress: progress.update, retryNotes },
  }).finally(progress.end);
  await printer.end();
  const isVerbose = Number(invocation.globals.verbosity) > 0;
  stderr.write(
    door.notes(isVerbose) +
      (notes?.(failed) ?? '') +
      (cut === 0
        ? ''
        : `note: ${counted(cut, 'node')}: fewer than ${call.retries} retries, because the next pause would exceed --timeout\n`) +
      renderRedirects(redirects, chosen.isFleet ? '1 kubelet' : 'the kubelet'),
  );
  if (chosen.isFleet)
    stderr.write(
      renderFleetEnd({ all: targets.length, failed, leftOut }, isVerbose, invocation.line, isBrief),
    );
  else if (failed[0] && failed[0].cause !== 'interrupted') throw failed[0].failure;
  return {
    signal,
    all: targets.length,
    failed: failed.length,
    isPartial: leftOut !== undefined,
  };
}

/** Returns how the caller is identified; undefined if the credential cannot be read, because then every node will fail. */
async function credentialOf({ direct, way }: Door): Promise<Sender | undefined> {
  if (!direct || way === 'apiserver') return 'of kube-apiserver';
  const identity = await orFailure(direct.identity());
  if (identity instanceof Failure) return undefined;
  if (identity.authorization !== undefined) return 'token';
  return way === undefined ? 'not yet known' : 'certificate';
}
