import type { FleetReading } from '../../../cli/fleet-options.ts';
import { Failure, formatDetail, Interrupted } from '../../../errors.ts';
import { foundIn, isFound, type Known } from '../../../known.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../../kube/api-server/api-server-failure.ts';
import { labelsOf } from '../../../kube/api-server/choose-nodes.ts';
import { listNodes } from '../../../kube/api-server/nodes.ts';
import { findPair } from '../../../kube/api-server/pair-objects.ts';
import {
  type AskedRequest,
  type ReviewResult,
  reviewSelf,
  reviewSubject,
} from '../../../kube/api-server/reviews.ts';
import { learnKubeletClient } from '../../../kube/kubelet-client/learn-identity.ts';
import { readOrNote } from '../../../kube/read-or-note.ts';
import type { Node, RbacSubject } from '../../../objects.ts';
import type { FoundPair } from '../../../rbac/change.ts';
import { knownNames, namesOf, usualProfile } from '../../../rbac/names.ts';
import { type Profile, profileOf } from '../../../rbac/profiles.ts';
import { appliesTo, reviewedUser, sameSubject, user } from '../../../rbac/subject.ts';
import type {
  Facts,
  NodeFacts,
  NodePermission,
  PermissionFacts,
  StreamPermission,
} from '../facts.ts';
import { hasAnswered } from '../probe.ts';
import { followUpLimits, openQuickest, type QuickestKubelet } from './follow-up.ts';
import { findNearMisses } from './near-misses.ts';
import { checkPermissions } from './permissions.ts';
import type { ProbeSettings, Sources } from './probe-node.ts';

export interface StatusReading extends FleetReading, ProbeSettings {
  readonly warnDays: number;
  readonly profile: Profile;
  /** Subject of --subject; undefined for kube-apiserver. */
  readonly subject: RbacSubject | undefined;
}

export async function gatherAccess(
  sources: Sources,
  settings: StatusReading,
  probed: readonly NodeFacts[],
  caller: Facts['caller'],
  permissions: readonly NodePermission[],
) {
  const { apiServer } = sources;
  const client = await nameClient(sources, probed);
  const name = foundIn(client);
  const learned = name === undefined ? undefined : user(name);
  const subject = settings.subject ?? learned;
  const isClient = !subject || (learned !== undefined && sameSubject(subject, learned));
  const isCaller = subject !== undefined && appliesTo(subject, caller);
  const nodes = settings.subject ? settings.choice.names : [];
  const asked = { profile: settings.profile, subject, nodes };
  const [found, ofSubject, nearMisses] = await Promise.all([
    readPair(apiServer, asked, isClient),
    !subject || isCaller
      ? []
      : subjectPermissions(
          apiServer,
          subject,
          permissions,
          nodes,
          isClient ? openQuickest(sources, probed, 'viaApiServer') : undefined,
        ),
    findNearMisses(sources, probed, client),
  ]);
  return { client, isClient, isCaller, ...found, ofSubject, nearMisses };
}

/**
 * Reads the ClusterRole and the ClusterRoleBinding that give access to all nodes. If the subject has none, reads the objects that give access to
 * the named nodes. For kube-apiserver, reads those that grant would make.
 */
async function readPair(
  apiServer: ApiServer,
  { profile: asked, subject, nodes }: Omit<Facts['wanted'], 'names'>,
  isClient: boolean,
): Promise<{ readonly wanted: Facts['wanted']; readonly pair: Known<FoundPair> }> {
  const read = async (profile: Profile, only: readonly string[] = []) => {
    const names = subject ? namesOf(profile.name, only, subject, isClient) : knownNames;
    const find = () => findPair(apiServer, names);
    const pair = await readOrNote(find, 'get clusterroles, clusterrolebindings');
    return { wanted: { profile, names, subject, nodes }, pair };
  };
  const isUsual = isClient && asked.name === 'apiserver';
  const usual = isUsual ? profileOf(usualProfile(subject)) : asked;
  const whole = await read(usual);
  if (!isFound(whole.pair) || whole.pair.found.binding) return whole;
  if (usual.name !== asked.name) {
    const own = await read(asked);
    return foundIn(own.pair)?.binding ? own : whole;
  }
  // The role for all nodes may be there for others.
  if (nodes.length === 0 || (isClient && whole.pair.found.role)) return whole;
  return await read(profileOf(asked.name, [...new Set(nodes)].sort()), nodes);
}

function subjectPermissions(
  apiServer: ApiServer,
  subject: RbacSubject,
  permissions: readonly NodePermission[],
  nodes: readonly string[],
  open: QuickestKubelet | undefined,
): Promise<readonly PermissionFacts[]> {
  const reviewed = (permission: AskedRequest) =>
    review(
      () => reviewSubject(apiServer, reviewedUser(subject), permission),
      'create subjectaccessreviews',
    );
  return checkPermissions(
    permissions,
    async (permission) => {
      // A permission may be limited to some nodes by name, so review it for each named node.
      const named = open ? [] : nodes.map((name) => reviewed({ ...permission, name }));
      const each = await Promise.all(named);
      const denied = each.find((one) => !isFound(one) || !one.found.allowed);
      return denied ?? each[0] ?? reviewed(permission);
    },
    open,
  );
}

export function reviewOwn(
  apiServer: ApiServer,
  permission: AskedRequest,
): Promise<Known<ReviewResult>> {
  return review(() => reviewSelf(apiServer, permission), 'create selfsubjectaccessreviews');
}

async function review(
  ask: () => Promise<ReviewResult | undefined>,
  needs: string,
): Promise<Known<ReviewResult>> {
  const answer = await readOrNote(ask);
  if (!isFound(answer)) return answer;
  return answer.found ? { found: answer.found } : { unknown: 'forbidden', needs };
}

const resources = ['pods/exec', 'pods/attach', 'pods/portforward'] as const;

export function reviewStreams(
  apiServer: ApiServer,
  nodes: readonly NodeFacts[],
): Promise<readonly StreamPermission[]> {
  const namespace = nodes.find(({ streams }) => streams?.target)?.streams?.target?.namespace;
  return Promise.all(
    resources.map(async (resource) => {
      const [parent = '', subresource = ''] = resource.split('/');
      const asked: AskedRequest = {
        ...{ verb: 'create', resource: parent, subresource },
        ...(namespace !== undefined && { namespace }),
      };
      return { resource, namespace, review: await reviewOwn(apiServer, asked) };
    }),
  );
}

/** Finds out the user name of kube-apiserver. Asks several kubelets because one may lie, and also nodes that the user did not select. */
async function nameClient(
  sources: Sources,
  probed: readonly NodeFacts[],
): Promise<Facts['client']> {
  const answered = probed.filter(({ viaApiServer }) => hasAnswered(viaApiServer));
  if (answered.length === 0) return undefined;
  try {
    const nodes = [...probed.map(({ node }) => node), ...(await otherNodes(sources, probed))];
    const silent = probed.filter(({ viaApiServer }) => !hasAnswered(viaApiServer));
    const learned = await learnKubeletClient(sources.apiServer, nodes, {
      limits: followUpLimits(sources),
      silent: new Set(silent.map(({ node }) => node.metadata.name)),
    });
    return { found: learned.known ? learned.userName : undefined };
  } catch (error) {
    if (error instanceof Interrupted && sources.signal.aborted) return undefined;
    if (!(error instanceof Failure)) throw error;
    // The probes already show that the API server denied the caller.
    if (error.cause instanceof ApiServerFailure) return undefined;
    const { message, hints, details } = error;
    return { unknown: message, hints, details: details.map(formatDetail) };
  }
}

/** Lists nodes that the user did not select; empty if the caller may not list nodes. */
async function otherNodes(
  { apiServer, choice }: Sources,
  probed: readonly NodeFacts[],
): Promise<readonly Node[]> {
  if (choice.names.length === 0 && labelsOf(choice) === '') return [];
  const chosen = new Set(probed.map(({ node }) => node.metadata.name));
  const all = foundIn(await readOrNote(() => listNodes(apiServer))) ?? [];
  return all.filter(({ metadata }) => !chosen.has(metadata.name));
}
