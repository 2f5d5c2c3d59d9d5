import { Failure, Interrupted, reworded } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../../kube/api-server/api-server-failure.ts';
import { applyChange } from '../../../kube/api-server/pair-objects.ts';
import { paused } from '../../../kube/within.ts';
import { type Change, type DryRun, isMade } from '../../../rbac/change.ts';
import { appliedLine, continueHint, type Plan, type PlanReporter } from './plan-reporter.ts';
import { dryRunOnServer } from './server-dry-run.ts';

interface ApplySettings {
  readonly dryRun: DryRun;
  /** Reads the objects and plans the changes. Called again (`isAgain`) if another client wrote in the meantime. */
  readonly plan: (isAgain: boolean) => Promise<Plan>;
  /** Returns false if another client deleted a needed object during the writes. applyPlan then plans again. */
  readonly verify?: (changes: readonly Change[]) => Promise<boolean>;
  readonly reporter: PlanReporter;
  readonly signal: AbortSignal;
}

const mostAttempts = 30;

/**
 * Plans the changes, checks them by a server dry run, reports them and makes them. After a conflict, reads and plans again, so that
 * concurrent clients do not undo each other's changes. Returns the last change of each object, with the object as the API server
 * answered it.
 */
export async function applyPlan(
  apiServer: ApiServer,
  { dryRun, plan: planChanges, verify, reporter, signal }: ApplySettings,
): Promise<readonly Change[]> {
  const results = new Map<string, Change>();
  for (let attempt = 1; ; attempt += 1) {
    let changes: readonly Change[] = [];
    let pending: Change | undefined;
    try {
      if (attempt > 1 && !(await paused(pauseMs(attempt), signal))) throw new Interrupted();
      const plan = await planChanges(attempt > 1);
      changes = plan.changes;
      reporter.announce(plan, attempt > 1);
      const isOfSeveral = changes.filter(isMade).length > 1;
      const isChecked = dryRun === 'server' || (dryRun === 'none' && isOfSeveral);
      const checked = isChecked ? await dryRunOnServer(apiServer, changes) : changes;
      for (const [index, change] of checked.entries()) {
        if (signal.aborted) throw new Interrupted();
        const key = `${change.kind} ${change.name}`;
        // An earlier attempt has reported its result.
        if (!isMade(change) && results.has(key)) continue;
        pending = changes[index] ?? change;
        const written = dryRun === 'none' && (await applyChange(apiServer, pending, 'none'));
        pending = undefined;
        results.set(key, written ? ({ ...change, object: written } as Change) : change);
        reporter.result(change);
      }
      if (dryRun !== 'none' || !verify || (await verify(changes))) return [...results.values()];
      if (attempt >= mostAttempts) throw new Failure('other clients keep deleting what this needs');
    } catch (error) {
      const done = [...results.values()].filter(isMade);
      if (error instanceof Interrupted && dryRun === 'none') reporter.interrupted(done, pending);
      if (isOvertaken(error, changes) && attempt < mostAttempts) continue;
      throw dryRun === 'none' ? halfDone(error, done) : error;
    }
  }
}

/** The pause is random, so that clients that wrote at the same time retry at different times. */
function pauseMs(attempt: number): number {
  return Math.random() * Math.min(1000, 25 * 2 ** attempt);
}

/** Whether another client changed or created an object first, or deleted one that the plan updates or deletes. */
function isOvertaken(error: unknown, changes: readonly Change[]): boolean {
  if (!(error instanceof ApiServerFailure)) return false;
  const isGone = ({ action, name }: Change) =>
    action !== 'create' && error.words.endsWith(`"${name}" not found`);
  return error.status === 409 || (error.status === 404 && changes.some(isGone));
}

/** Adds to a failure the changes made before it, and the hint to run the same command again. */
function halfDone(error: unknown, done: readonly Change[]): unknown {
  if (!(error instanceof Failure) || done.length === 0) return error;
  return reworded(error, {
    cause: error,
    details: [...error.details, appliedLine(done)],
    hints: [...error.hints, continueHint],
  });
}
