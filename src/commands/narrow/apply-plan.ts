import type { Context } from '../../context.ts';
import { Failure, Interrupted } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { findRole } from '../../kube/api-server/pair-objects.ts';
import { orMissingPermission } from '../../kube/api-server/write-denial.ts';
import { paused } from '../../kube/within.ts';
import { permissionCacheNote } from '../../kubelet/authorization-cache.ts';
import type { Change } from '../../rbac/change.ts';
import { formatDuration } from '../../text/duration.ts';
import { escapeControlLines } from '../../text/escape.ts';
import { applyPlan } from '../shared/pair/apply-plan.ts';
import { openPlanReporter, type Plan } from '../shared/pair/plan-reporter.ts';
import type { NarrowSettings } from './options.ts';
import type { Planned, RolePlan } from './plan-role.ts';
import { checkOwner, checkOwners, phaseOf, planApply, planUndo } from './plan-write.ts';
import { conditionLines, questionOf } from './shown.ts';

type ApplySettings = Pick<NarrowSettings, 'dryRun' | 'format' | 'waitMs'> & {
  readonly context: Context;
};

interface Narrower {
  readonly gather: () => Promise<Planned>;
  readonly again: string;
  readonly rerun: (plan: RolePlan, more: readonly string[]) => string;
}

/**
 * Adds missing rules to roles. With --wait, then waits and removes the rules that are not needed. Without --wait, only the next run
 * removes them.
 */
export async function applyNarrowing(
  apiServer: ApiServer,
  settings: ApplySettings,
  { gather, again, rerun }: Narrower,
): Promise<void> {
  const { waitMs, dryRun, context } = settings;
  const { stderr, signal } = context;
  const writePhase = async () => {
    let hasMore = false;
    let hints: readonly string[] = [];
    await write(apiServer, settings, async () => {
      const { plans, notes, withoutSources } = await gather();
      if (plans.length === 0 && withoutSources.length > 0) throw new Failure(notes.join('\n'));
      const open = plans.find(({ narrowing }) => !narrowing);
      if (open) throw questionOf(open, (more) => rerun(open, more));
      checkOwners(plans);
      hasMore = plans.some(
        (plan) => phaseOf(plan) === 'add' && (plan.narrowing?.removed ?? []).length > 0,
      );
      hints = plans.flatMap((plan) => conditionLines(plan, (more) => rerun(plan, more)));
      const changes = plans.map((plan) => planApply(plan, Date.now()));
      return { changes: changes.map(named), notes: notes.map((note) => `note: ${note}`) };
    });
    return { hasMore, hints };
  };
  const { hasMore, hints } = await writePhase();
  stderr.write(escapeControlLines(hints));
  if (dryRun !== 'none' || !hasMore) return;
  if (waitMs === undefined) {
    stderr.write('note: nothing is removed yet: first see the agent work for a while\n');
    stderr.write(`hint: the same command removes what it does not need: ${again}\n`);
    return;
  }
  stderr.write(`waiting for ${formatDuration(waitMs)} before anything is removed\n`);
  if (!(await paused(waitMs, signal))) {
    stderr.write(`interrupted: nothing was removed\nhint: ${again}\n`);
    throw new Interrupted();
  }
  await writePhase();
}

export async function undoNarrowing(
  apiServer: ApiServer,
  name: string,
  settings: ApplySettings,
): Promise<void> {
  await write(apiServer, settings, async () => {
    const role = await orMissingPermission(findRole(apiServer, name));
    if (!role) throw new Failure(`ClusterRole ${name} not found`);
    checkOwner(role);
    return { changes: [named(planUndo(role))] };
  });
}

/** Puts the role's name before each difference: a plan may change several roles. */
function named(change: Change): Change {
  const differences = change.differences.map((each) => `ClusterRole ${change.name}: ${each}`);
  return { ...change, differences };
}

async function write(
  apiServer: ApiServer,
  { dryRun, format, context }: ApplySettings,
  plan: () => Promise<Plan>,
): Promise<void> {
  const reporter = openPlanReporter(context, { output: format === 'table' ? '' : format, dryRun });
  const { signal } = context;
  const changes = await applyPlan(apiServer, { dryRun, reporter, signal, plan });
  reporter.objects(changes);
  const isNarrower = changes.some(({ removed }) => (removed?.rules ?? []).length > 0);
  if (dryRun === 'none' && isNarrower) reporter.note(`note: ${permissionCacheNote}`);
}
