import { Command, Option } from 'clipanion';
import { parseProfileName } from '../../cli/parse-options.ts';
import { rerunCommand } from '../../cli/rerun-command.ts';
import { exitCodes, UsageFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { pairNames, pairOf } from '../../rbac/pair.ts';
import { profileNames, profileOf } from '../../rbac/profiles.ts';
import { applyPlan } from '../pair/apply-plan.ts';
import { denialCacheNote } from '../pair/cache-notes.ts';
import { findKubelets } from '../pair/find-kubelets.ts';
import { checkWaitable, chosenNames } from '../pair/options.ts';
import { PairCommand } from '../pair/pair-command.ts';
import { openPlanReporter, type PlanReporter } from '../pair/plan-reporter.ts';
import { waitForKubelets } from '../pair/wait.ts';
import { findGrantee, formatGrantee, type Grantee } from './find-grantee.ts';

import { gatherExistingAccess, gatherPair, gatherVersionNote, isRoleThere } from './gather.ts';
import { checkOwnRole, expiryAfter, type GrantRequest, parseGrantee } from './options.ts';
import { isWidening, planGrant } from './plan.ts';

export class GrantCommand extends PairCommand {
  static override paths = [['grant']];
  static override usage = Command.Usage({
    description: 'Grant kube-apiserver access to kubelets',
    details:
      'Grant kube-apiserver access to kubelets: create or repair ClusterRole system:kube-apiserver-to-kubelet and ClusterRoleBinding system:kube-apiserver for the identity that kube-apiserver presents to kubelets. A read-only request through the API server finds that identity. Other profiles grant less access, to the subject of --subject. Existing rules, subjects and bindings are kept unless an option says otherwise.',
    examples: [
      ['Grant kube-apiserver access to kubelets', 'kubectl kubeletaccess grant'],
      ['Print what would be created', 'kubectl kubeletaccess grant --dry-run=client -o yaml'],
      [
        'Allow user jane to read the stats of one node for an hour',
        'kubectl kubeletaccess grant --profile stats --subject user:jane --node node-1 --for 1h',
      ],
    ],
  });

  profile = Option.String('--profile', 'apiserver', {
    description: `Permissions to grant. One of: ${profileNames.join(', ')}.`,
  });
  node = Option.Array('--node', [], {
    description: 'Limit the permissions to this node; may be repeated.',
  });
  subject = Option.String('--subject', {
    description:
      'Subject to grant access to: user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME. Defaults to the identity that kube-apiserver presents to kubelets.',
  });
  allowExec = Option.Boolean('--allow-exec', false, {
    description:
      'Grant nodes/proxy also to a subject that is not known to be kube-apiserver. It allows running commands in every container.',
  });
  for = Option.String('--for', {
    description: 'Time after which the access expires, such as 30m; revoke --expired removes it.',
  });
  permanent = Option.Boolean('--permanent', false, {
    description: 'Remove the expiry of an existing grant.',
  });
  prune = Option.Boolean('--prune', false, {
    description:
      'Remove rules from the role that the profile does not have, and subjects from the binding that grant did not add.',
  });
  acceptWider = Option.Boolean('--accept-wider', false, {
    description:
      'Grant a role that allows more than the profile, or add rules to a role that others use.',
  });
  recreate = Option.Boolean('--recreate', false, {
    description: 'Delete and recreate a binding that refers to another role.',
  });
  allSubjects = Option.Boolean('--all-subjects', false, {
    description: 'With --recreate, move the other subjects of the binding to the new role.',
  });
  evenIfRedundant = Option.Boolean('--even-if-redundant', false, {
    description: 'Grant access even if another binding already does.',
  });

  parseOptions(): GrantRequest {
    const pair = this.parsePairOptions(this.node, 2 * 60_000);
    if (this.for !== undefined && this.permanent)
      throw new UsageFailure('--for and --permanent are mutually exclusive');
    if (this.allSubjects && !this.recreate)
      throw new UsageFailure('--all-subjects requires --recreate');
    const profile = profileOf(parseProfileName(this.profile), this.node);
    checkOwnRole(profile, pair);
    checkWaitable(pair, profile);
    const { prune, acceptWider, recreate, allSubjects, permanent, allowExec, evenIfRedundant } =
      this;
    const agreed = { prune, acceptWider, recreate, allSubjects, allowExec, evenIfRedundant };
    const now = Date.now();
    const expires =
      this.for === undefined ? undefined : expiryAfter(now, this.duration('--for', this.for));
    const subject = this.subject === undefined ? undefined : parseGrantee(this.subject, this.force);
    return { ...pair, ...agreed, profile, subject, expires, permanent, now };
  }

  override async execute(): Promise<number> {
    const request = this.parseOptions();
    const { profile, wait, dryRun, output, nodes: only } = request;
    const connection = this.connection();
    const apiServer = this.apiServer(connection);
    const reporter = openPlanReporter(this.context, request);
    const without = ['--subject', '--allow-exec'];
    const rerun = (more: readonly string[]) => rerunCommand('grant', this.given, { without, more });
    try {
      const { grantee, notes } = await findGrantee(apiServer, request, rerun);
      for (const note of notes) reporter.note(note);
      const isClient = !grantee || grantee.standing === 'client';
      const subject = isClient ? 'kube-apiserver' : grantee.subject;
      const openAccess = () => this.kubeletAccess(connection);
      const { signal } = this.context;
      const kubelets =
        wait && (await findKubelets(apiServer, { subject, only, wait, openAccess, signal }));
      if (grantee) await grantTo(grantee, apiServer, request, reporter, signal);
      if (!kubelets || dryRun !== 'none') return exitCodes.ok;
      const waiting = { profile, want: 'allowed', timeoutMs: wait.timeoutMs, output } as const;
      return await waitForKubelets(kubelets, waiting, this.context);
    } finally {
      apiServer.close();
    }
  }
}

async function grantTo(
  grantee: Grantee,
  apiServer: ApiServer,
  request: GrantRequest,
  reporter: PlanReporter,
  signal: AbortSignal,
): Promise<void> {
  const { profile, dryRun, nodes } = request;
  const { subject, standing } = grantee;
  const usual = pairNames(profile, subject, nodes, standing !== 'other');
  const names = chosenNames(request, usual);
  const existing = await gatherExistingAccess(apiServer, subject, names.binding, request);
  for (const line of existing?.lines ?? []) reporter.note(line);
  if (existing?.suffices) return;
  const versionNote = await gatherVersionNote(apiServer, profile.name, nodes);
  if (versionNote !== undefined) reporter.note(`note: ${versionNote}`);
  const wanted = pairOf(profile, subject, names, request.expires);
  const { done } = await applyPlan(apiServer, {
    dryRun,
    reporter,
    signal,
    plan: async () => ({
      heading: `for ${formatGrantee(grantee)}:`,
      changes: planGrant(wanted, await gatherPair(apiServer, wanted, request), request),
    }),
    verify: (written) => isRoleThere(apiServer, written),
  });
  if (dryRun === 'none' && done.some(isWidening)) reporter.note(`note: ${denialCacheNote}`);
}
