import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import { exitCodeOf, Failure, orFailure } from '../../../errors.ts';
import { openProgress } from '../../../text/progress.ts';
import { type BodyMemory, openBodyMemory } from './body-memory.ts';
import { callFleet, type FleetCall, type FleetReader } from './call-fleet.ts';
import { type Access, pathNotes } from './find-kubelet.ts';
import {
  largeFleet,
  renderCost,
  renderFleetEnd,
  renderRedirects,
  renderShard,
  type Sender,
} from './fleet-report.ts';
import type { OpenFleet } from './open-fleet.ts';
import { type Failed, isFailed, type Outcome } from './outcome.ts';

/** Printer for results of nodes, in the order in which they finish. `index` is a node's position among all nodes. */
export interface FleetPrinter {
  /** Prints a result. It must call `begin` before it writes, because `begin` erases the progress. */
  readonly print: (index: number, outcome: Outcome, begin: () => void) => Promise<void>;
  /** Called after the last result, even if the run was interrupted. */
  readonly end: () => Promise<void>;
}

/** Functions that read and print responses. */
export interface FleetOutput extends Pick<FleetReader, 'readBody' | 'readErrorBody'> {
  readonly printer: FleetPrinter;
  /** Memory that the printer shares with the readers of bodies, if the printer keeps bodies. */
  readonly memory?: BodyMemory;
  /** Whether failures are printed in one line for each cause if other nodes have answered. */
  readonly isBrief?: boolean;
  /** Whether all output goes to files, so that it never erases the progress. */
  readonly isInFiles?: boolean;
  /** Lines for stderr, after the results. */
  readonly notes?: (failed: readonly Failed[]) => string;
  /** Whether results are missing although all nodes have answered. */
  readonly isPartial?: () => boolean;
}

/** Sends a request to all targets, prints the results, and finally the failures. Returns the exit code. */
export async function printFleet(
  fleet: OpenFleet,
  call: FleetCall,
  invocation: KubeletInvocation,
  { printer, notes, isPartial, isInFiles = false, isBrief, ...output }: FleetOutput,
): Promise<number> {
  const { stderr, signal } = invocation.context;
  const { access } = fleet;
  const { targets, all, leftOut } = fleet.found;
  const { target } = call;
  const { memory = openBodyMemory(signal) } = output;
  stderr.write(renderShard(target.shard, targets.length, all));
  if (targets.length >= largeFleet)
    stderr.write(renderCost(targets.length, await credentialOf(access)));
  const redirects = new Map<string, number>();
  using progress = openProgress(stderr, 'calling kubelets', true);
  const endProgress = isInFiles ? () => {} : progress.end;
  const print = async (index: number, outcome: Outcome) => {
    const location = isFailed(outcome) ? undefined : outcome.location;
    if (location !== undefined) redirects.set(location, (redirects.get(location) ?? 0) + 1);
    await printer.print(index, outcome, endProgress);
  };
  const failed = await callFleet(fleet, call, {
    ...{ ...output, memory, print, progress: progress.update },
  });
  progress.end();
  await printer.end();
  const isVerbose = Number(invocation.globals.verbosity) > 0;
  stderr.write(
    pathNotes(access, isVerbose) +
      (notes?.(failed) ?? '') +
      renderRedirects(redirects, target.isFleet ? '1 kubelet' : 'the kubelet'),
  );
  if (target.isFleet)
    stderr.write(
      renderFleetEnd({ all: targets.length, failed, leftOut }, isVerbose, invocation.line, isBrief),
    );
  else if (failed[0] && failed[0].cause !== 'interrupted') throw failed[0].failure;
  return exitCodeOf({
    signal,
    all: targets.length,
    failed: failed.length,
    isPartial: leftOut !== undefined || isPartial?.(),
  });
}

/** Returns how kubelets will identify the sender; undefined if the credential cannot be read, so that every node will fail. */
async function credentialOf({ kubelets, choice }: Access): Promise<Sender | undefined> {
  if (!kubelets || choice?.via === 'apiserver') return 'of kube-apiserver';
  const identity = await orFailure(kubelets.identity());
  if (identity instanceof Failure) return undefined;
  if (identity.authorization !== undefined) return 'token';
  return choice && choice.via === undefined ? 'not yet known' : 'certificate';
}
