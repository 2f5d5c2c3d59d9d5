import { Failure, Interrupted } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../../kube/api-server/api-server-failure.ts';
import { applyChange } from '../../../kube/api-server/pair-objects.ts';
import { type Tried, tryAgain } from '../../../kube/try-again.ts';
import type { Change, DryRun } from '../../../rbac/change.ts';
import { halfDone, type Plan, type PlanReporter } from './plan-reporter.ts';
import { dryRunOnServer } from './server-dry-run.ts';

export interface ApplySettings<P extends Plan> {
  readonly dryRun: DryRun;
  /** Reads the objects and plans the changes. Called again, with the changes made so far, if another client wrote in the meantime. */
  readonly plan: (done: readonly Change[]) => Promise<P>;
  /** Called right before a change is sent, but not in a dry run. Throws a conflict if the change must not be made. */
  readonly check?: (change: Change) => Promise<void>;
  /** Returns false if another client deleted a needed object during the writes. applyPlan then plans again. */
  readonly verify?: (changes: readonly Change[]) => Promise<boolean>;
  readonly reporter: PlanReporter;
  readonly signal: AbortSignal;
}

const mostAttempts = 30;

interface Attempt<P extends Plan> {
  plan: P | undefined;
  /** The change that was sent, but that the API server has not answered yet. */
  pending: Change | undefined;
}

/**
 * Plans the changes, checks them by a server dry run, reports them and makes them. After a conflict, reads and plans again, so that
 * concurrent clients do not undo each other's changes. Returns all changes made, and the last plan.
 */
export async function applyPlan<P extends Plan>(
  apiServer: ApiServer,
  settings: ApplySettings<P>,
): Promise<{ readonly done: readonly Change[]; readonly plan: P }> {
  const { dryRun, reporter, signal } = settings;
  const done: Change[] = [];
  const attempt: Attempt<P> = { plan: undefined, pending: undefined };
  const waitAfter = ({ value: plan, error }: Tried<P | undefined>, count: number) => {
    const isRetryable = error
      ? isConflict(error) || isGone(error, attempt.plan?.changes ?? [])
      : !plan;
    if (!isRetryable || count >= mostAttempts) return undefined;
    attempt.plan = undefined;
    attempt.pending = undefined;
    // The pause is random, so that clients that wrote at the same time retry at different times.
    return Math.random() * Math.min(1000, 50 * 2 ** count);
  };
  try {
    const apply = () => applyOnce(apiServer, settings, attempt, done);
    const plan = await tryAgain(apply, waitAfter, signal);
    if (plan) return { done, plan };
    throw new Failure('other clients keep deleting what this needs');
  } catch (error) {
    if (error instanceof Interrupted) reporter.interrupted(done, attempt.pending);
    throw dryRun === 'none' ? halfDone(error, done) : error;
  }
}

/** Plans and applies the changes once. Adds each change to `done`. Returns undefined if `verify` returns false after the changes. */
async function applyOnce<P extends Plan>(
  apiServer: ApiServer,
  settings: ApplySettings<P>,
  attempt: Attempt<P>,
  done: Change[],
): Promise<P | undefined> {
  const { dryRun, check, verify, reporter, signal } = settings;
  const plan = await settings.plan(done);
  const { changes } = plan;
  attempt.plan = plan;
  reporter.announce(plan);
  if (dryRun !== 'client') await dryRunOnServer(apiServer, changes);
  const doneBefore = [...done];
  for (const change of changes) {
    if (signal.aborted) throw new Interrupted();
    if (change.action === 'none') {
      // Changes made in an earlier attempt have already been reported.
      if (!findObject(done, change)) reporter.result(change);
      continue;
    }
    let { object } = change;
    if (dryRun === 'none') {
      attempt.pending = change;
      await check?.(change);
      object = (await applyChange(apiServer, change, 'none')) ?? object;
    }
    attempt.pending = undefined;
    done.push({ ...change, object });
    reporter.result(change);
  }
  if (dryRun === 'none' && verify && !(await verify(changes))) return undefined;
  reporter.objects([
    // The last plan no longer contains objects that an earlier attempt deleted.
    ...doneBefore.filter((each) => !findObject(changes, each)),
    ...changes.map((change) => findObject(done, change) ?? change),
  ]);
  return plan;
}

function findObject(changes: readonly Change[], { kind, name }: Change): Change | undefined {
  return changes.findLast((change) => change.kind === kind && change.name === name);
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiServerFailure && error.status === 409;
}

/** Whether another client deleted an object that the plan updates or deletes. */
function isGone(error: unknown, changes: readonly Change[]): boolean {
  return (
    error instanceof ApiServerFailure &&
    error.status === 404 &&
    changes.some(
      ({ action, name }) => action !== 'create' && error.words.endsWith(`"${name}" not found`),
    )
  );
}
