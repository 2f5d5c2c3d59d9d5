import { Failure, Interrupted } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../../kube/api-server/api-server-failure.ts';
import { applyChange, type PairObject } from '../../../kube/api-server/apply-change.ts';
import { type Tried, tryAgain } from '../../../kube/try-again.ts';
import type { Change, DryRun } from '../../../rbac/change.ts';
import { halfDone, type Plan, type PlanReporter } from './plan-reporter.ts';
import { dryRunOnServer } from './server-dry-run.ts';

export interface ApplySettings<P extends Plan> {
  readonly dryRun: DryRun;
  /** Reads the cluster and plans; called again, with what is done, when another client wrote in between. */
  readonly plan: (done: readonly Change[]) => Promise<P>;
  /** Called right before a change is sent for good; throws a conflict if it must not be made. */
  readonly check?: (change: Change) => Promise<void>;
  /** Whether all is still in place once it is written; if not, it is planned again. */
  readonly verify?: (changes: readonly Change[]) => Promise<boolean>;
  readonly reporter: PlanReporter;
  readonly signal: AbortSignal;
}

/** How often a plan is made again because another client wrote at the same time. */
const mostAttempts = 30;

/** How far an attempt came. */
interface Attempt<P extends Plan> {
  plan: P | undefined;
  /** Sent, and not answered yet. */
  pending: Change | undefined;
  /** The objects as the API server wrote them, also in earlier attempts. */
  readonly written: PairObject[];
}

/**
 * Plans, has the API server check the plan, reports what is about to change, and changes it. After a conflict it reads and
 * plans again, so that of many at once none undoes another's. Returns everything that was changed, and the last plan.
 */
export async function applyPlan<P extends Plan>(
  apiServer: ApiServer,
  settings: ApplySettings<P>,
): Promise<{ readonly done: readonly Change[]; readonly plan: P }> {
  const { dryRun, reporter, signal } = settings;
  const done: Change[] = [];
  const attempt: Attempt<P> = { plan: undefined, pending: undefined, written: [] };
  const waitAfter = ({ value: plan, error }: Tried<P | undefined>, count: number) => {
    const isRetryable = error
      ? isConflict(error) || isGone(error, attempt.plan?.changes ?? [])
      : !plan;
    if (!isRetryable || count >= mostAttempts) return undefined;
    attempt.plan = undefined;
    attempt.pending = undefined;
    // Random, so that clients that collided do not collide again.
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

/** Adds to `done` what it changes. Returns the plan, if it is in place afterwards. */
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
      // Changes of an earlier attempt have been reported.
      if (!findObject(done, change)) reporter.result(change);
      continue;
    }
    if (dryRun === 'none') {
      attempt.pending = change;
      await check?.(change);
      const written = await applyChange(apiServer, change, 'none');
      if (written) attempt.written.push(written);
    }
    attempt.pending = undefined;
    done.push(change);
    reporter.result(change);
  }
  if (dryRun === 'none' && verify && !(await verify(changes))) return undefined;
  const all = [
    // Objects that an earlier attempt deleted are no longer planned.
    ...doneBefore.filter((each) => !findObject(changes, each)),
    ...changes.map((change) => findObject(done, change) ?? change),
  ];
  reporter.objects(all.map((change) => asWritten(change, attempt.written)));
  return plan;
}

/** With the object as the API server wrote it last. */
function asWritten(change: Change, written: readonly PairObject[]): Change {
  if (!change.object) return change;
  const object = written.findLast(
    (each) =>
      ('roleRef' in each ? 'ClusterRoleBinding' : 'ClusterRole') === change.kind &&
      each.metadata.name === change.name,
  );
  return object ? ({ ...change, object } as Change) : change;
}

/** The latest change of the same object. */
function findObject(changes: readonly Change[], { kind, name }: Change): Change | undefined {
  return changes.findLast((change) => change.kind === kind && change.name === name);
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiServerFailure && error.status === 409;
}

/** Another client deleted an object that was to be changed or deleted, or bound it already. */
function isGone(error: unknown, changes: readonly Change[]): boolean {
  return (
    error instanceof ApiServerFailure &&
    error.status === 404 &&
    changes.some(
      ({ action, name }) => action !== 'create' && error.words.endsWith(`"${name}" not found`),
    )
  );
}
