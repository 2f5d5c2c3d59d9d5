import { isGiven } from '../../cli/argv.ts';
import { describe } from '../../cli/command-definition.ts';
import { openServer } from '../../cli/connection.ts';
import { declare } from '../../cli/option.ts';
import {
  parsePositiveDuration,
  parseProfileName,
  parseSubjectOption,
} from '../../cli/parse-options.ts';
import { rerunCommand } from '../../cli/rerun-command.ts';
import { exitCodes, Failure, UsageFailure } from '../../errors.ts';
import { orMissingPermission } from '../../kube/api-server/write-denial.ts';
import { denialCacheNote } from '../../kubelet/authorization-cache.ts';
import type { RbacSubject } from '../../objects.ts';
import { type Change, isMade } from '../../rbac/change.ts';
import type { Grant } from '../../rbac/grant.ts';
import { profileNames, profileOf, readerCommand } from '../../rbac/profiles.ts';
import { crowds, formatSubject, neverGranted } from '../../rbac/subject.ts';
import { applyPlan } from '../shared/pair/apply-plan.ts';
import { PairCommand, type PairSettings, pairOptions } from '../shared/pair/pair-command.ts';
import { openPlanReporter } from '../shared/pair/plan-reporter.ts';
import { waitForKubelets } from '../shared/pair/wait.ts';
import { type Asked, findGrantee } from './find-grantee.ts';
import { gatherAccountNotes, gatherForGrant, gatherNodeNotes, isRoleThere } from './gather.ts';
import { isWidening, planGrant } from './plan.ts';

interface GrantSettings extends PairSettings, Asked {
  readonly ignoreNotFound: boolean;
  readonly expires: string | undefined;
}

const defaultWaitMs = 120_000;

export class GrantCommand extends PairCommand {
  static override paths = [['grant']];
  static override usage = describe({
    details:
      'Grant kube-apiserver access to kubelets. With --subject and --profile, grant less to others. Existing objects of others are kept.',
    examples: [
      ['Grant kube-apiserver access to kubelets', 'kubectl kubeletaccess grant'],
      [
        'Allow user jane to read the stats of one node for an hour',
        'kubectl kubeletaccess grant --subject user:jane --profile stats --node node-1 --for 1h',
      ],
    ],
    exitCodes: [
      [0, 'granted, or there already'],
      [4, 'with --wait: some kubelets do not allow it yet (1: none does)'],
    ],
  });

  subject = declare.selection.textIfGiven(
    '--subject',
    'user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME.',
    { completes: 'subject', once: true },
  );
  profile = declare.selection.text(
    '--profile',
    `Permissions to grant: ${profileNames.join(', ')}.`,
    { initial: 'apiserver', completes: profileNames },
  );
  node = declare.selection.list('--node', 'Limit the permissions to this node. Repeatable.', {
    completes: 'nodes',
  });
  ignoreNotFound = declare.selection.flag(
    '--ignore-not-found',
    'Also accept nodes and a service account that do not exist yet.',
  );
  for = declare.behavior.textIfGiven('--for', 'Expire after this time, such as 30m.');
  wait = pairOptions.wait();
  dryRun = pairOptions.dryRun();
  force = declare.behavior.flag(
    '--force',
    'Grant it even if others gain by it, or another tool manages it.',
  );
  allowExec = declare.behavior.flag(
    '--allow-exec',
    'Allow nodes/proxy, which runs commands in every container.',
  );
  output = pairOptions.output();

  private parseOptions(): GrantSettings {
    const pair = this.parsePair(defaultWaitMs);
    const { nodes, force } = pair;
    const profile = profileOf(parseProfileName(this.profile), nodes);
    if (profile.ownRole !== undefined && nodes.length > 0)
      throw new UsageFailure(
        `--node cannot be used with --profile ${profile.name}: ClusterRole ${profile.ownRole} covers all nodes`,
        { hints: ['use another profile, such as --profile apiserver'] },
      );
    this.checkWaitable(profile);
    return {
      ...{ ...pair, profile, allowExec: this.allowExec, ignoreNotFound: this.ignoreNotFound },
      isUsual: nodes.length === 0 && !isGiven(this.given, '--profile'),
      subject: this.subject === undefined ? undefined : parseGrantee(this.subject, force),
      expires: this.for === undefined ? undefined : parseExpiry(this.for, Date.now()),
    };
  }

  override async execute(): Promise<number> {
    const asked = this.parseOptions();
    const { wait, dryRun, output, nodes: only } = asked;
    const connection = await this.openConnection();
    using apiServer = openServer(this, connection);
    const reporter = openPlanReporter(this.context, asked);
    const rerun = (more: readonly string[]) =>
      rerunCommand('grant', this.given, {
        without: ['--subject', '--allow-exec', ...more.filter((word) => word === '--profile')],
        more: [...more, ...this.names],
      });
    const warnings = await Promise.all([
      gatherNodeNotes(apiServer, asked),
      gatherAccountNotes(apiServer, asked),
    ]);
    const { subject, isClient, notes, ...found } = await findGrantee(apiServer, asked, rerun);
    for (const note of [...warnings.flat(), ...notes]) reporter.note(note);
    const waited = isClient || !subject ? 'kube-apiserver' : subject;
    const kubelets = await this.findKubelets(apiServer, connection, asked, waited);
    const { profile = asked.profile, title } = found;
    if (subject) {
      const { expires, force } = asked;
      const grant = { profile: profile.name, nodes: only, subject, expires };
      const terms = { isClient, force };
      const changes = await applyPlan(apiServer, {
        ...{ dryRun, reporter, signal: this.context.signal },
        plan: async () => {
          const read = gatherForGrant(apiServer, grant, terms, dryRun);
          const plan = planGrant(grant, await orMissingPermission(read), terms);
          return { heading: `would grant to ${title}:`, ...plan };
        },
        verify: (written) => isRoleThere(apiServer, written),
      });
      reporter.objects(changes);
      for (const line of afterwards(grant, changes, asked)) reporter.note(line);
    }
    if (!kubelets || !wait || dryRun !== 'none') return exitCodes.ok;
    const waiting = { profile, want: 'allowed', timeoutMs: wait.timeoutMs, output } as const;
    return await waitForKubelets(kubelets, waiting, this.context);
  }
}

/** Parses `--subject`. Throws if the subject must never get access, or if it may get access only with --force. */
function parseGrantee(text: string, force: boolean): RbacSubject {
  const subject = parseSubjectOption(text);
  const never = neverGranted(subject);
  if (never !== undefined) throw new Failure(`cannot grant kubelet access to ${text}: ${never}`);
  const crowd = force ? undefined : crowds[formatSubject(subject)];
  if (crowd !== undefined)
    throw new Failure(`granting kubelet access to ${text} requires --force: ${crowd}`, {
      hints: ['re-run with --force to override'],
    });
  return subject;
}

function parseExpiry(duration: string, now: number): string {
  const ms = parsePositiveDuration('--for', duration);
  return new Date(now + ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Returns what the user should know after a grant, or its dry run. */
function afterwards(
  { profile, nodes, subject, expires }: Grant,
  changes: readonly Change[],
  { dryRun, wait }: GrantSettings,
): readonly string[] {
  const isNew = dryRun === 'none' && changes.some(isWidening);
  const reader =
    subject.kind === 'ServiceAccount' || !isNew ? undefined : readerCommand(profile, nodes);
  return [
    isNew && !wait ? `note: ${denialCacheNote}` : [],
    reader === undefined
      ? []
      : `note: with a token in place of a client certificate: ${reader} (shows the token to kubelets; self-signed ones: kubectl kubeletaccess help trust)`,
    expires === undefined || !changes.some(isMade)
      ? []
      : `note: Kubernetes will not expire this: run kubectl kubeletaccess revoke --expired after ${expires} (a CronJob for it: kubectl kubeletaccess revoke --expired --print-cronjob)`,
  ].flat();
}
