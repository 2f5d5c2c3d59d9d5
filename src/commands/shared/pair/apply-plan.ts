import { Failure, Interrupted } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../../kube/api-server/api-server-failure.ts';
import { applyChange } from '../../../kube/api-server/pair-objects.ts';
import { paused } from '../../../kube/within.ts';
import type { Change, DryRun } from '../../../rbac/change.ts';
import { halfDone, type Plan, type PlanReporter } from './plan-reporter.ts';
import { dryRunOnServer } from './server-dry-run.ts';

interface ApplySettings {
  readonly dryRun: DryRun;
  /** Reads the objects and plans the changes. Called again if another client wrote in the meantime. */
  readonly plan: () => Promise<Plan>;
  /** Returns false if another client deleted a needed object during the writes. applyPlan then plans again. */
  readonly verify?: (changes: readonly Change[]) => Promise<boolean>;
  readonly reporter: PlanReporter;
  readonly signal: AbortSignal;
}

export interface Applied {
  /** Changes that were made or, in a dry run, would be made. */
  readonly done: readonly Change[];
  /** All changes of the plan and of earlier attempts, with the objects as the API server answered them. */
  readonly changes: readonly Change[];
}

const mostAttempts = 30;

/**
 * Plans the changes, checks them by a server dry run, reports them and makes them. After a conflict, reads and plans again, so that
 * concurrent clients do not undo each other's changes.
 */
export async function applyPlan(apiServer: ApiServer, settings: ApplySettings): Promise<Applied> {
  const { dryRun, verify, reporter, signal } = settings;
  const done: Change[] = [];
  for (let attempt = 1; ; attempt += 1) {
    let plan: Plan | undefined;
    let pending: Change | undefined;
    try {
      if (attempt > 1 && !(await paused(pauseMs(attempt), signal))) throw new Interrupted();
      plan = await settings.plan();
      reporter.announce(plan, attempt > 1);
      const isChecked = dryRun === 'server' || (dryRun === 'none' && isOfSeveral(plan.changes));
      const changes = isChecked ? await dryRunOnServer(apiServer, plan.changes) : plan.changes;
      for (const [index, change] of changes.entries()) {
        if (signal.aborted) throw new Interrupted();
        const planned = plan.changes[index] ?? change;
        if (change.action === 'none') {
          // Changes made in an earlier attempt have already been reported.
          if (!findChange(done, change)) reporter.result(change);
          continue;
        }
        let { object } = change;
        if (dryRun === 'none') {
          pending = planned;
          object = (await applyChange(apiServer, planned, 'none')) ?? object;
          pending = undefined;
        }
        done.push({ ...change, object });
        reporter.result(change);
      }
      if (dryRun !== 'none' || !verify || (await verify(plan.changes)))
        return { done, changes: asMade(plan.changes, done) };
      if (attempt >= mostAttempts) throw new Failure('other clients keep deleting what this needs');
    } catch (error) {
      if (error instanceof Interrupted) reporter.interrupted(done, pending);
      const isRetryable = isConflict(error) || isGone(error, plan?.changes ?? []);
      if (!isRetryable || attempt >= mostAttempts)
        throw dryRun === 'none' ? halfDone(error, done) : error;
    }
  }
}

/** The pause is random, so that clients that wrote at the same time retry at different times. */
function pauseMs(attempt: number): number {
  return Math.random() * Math.min(1000, 25 * 2 ** attempt);
}

/** Whether a denial in the middle would leave some changes made. */
function isOfSeveral(changes: readonly Change[]): boolean {
  return changes.filter(({ action }) => action !== 'none').length > 1;
}

/** Returns the changes with their answered objects, after objects that an earlier attempt deleted. */
function asMade(changes: readonly Change[], done: readonly Change[]): readonly Change[] {
  return [
    ...done.filter((each) => !findChange(changes, each)),
    ...changes.map((change) => findChange(done, change) ?? change),
  ];
}

function findChange(changes: readonly Change[], { kind, name }: Change): Change | undefined {
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
