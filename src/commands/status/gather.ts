import pMap from 'p-map';
import type { Failure } from '../../errors.ts';
import { reviewSelf, reviewSubject } from '../../kube/api-server/access-review.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { chooseNodes, type NodeChoice } from '../../kube/api-server/choose-nodes.ts';
import { findPair } from '../../kube/api-server/pair-objects.ts';
import { whoAmI } from '../../kube/api-server/who-am-i.ts';
import type { KubeletAccess } from '../../kube/kubelet/credentials.ts';
import type { Node, RbacSubject } from '../../objects.ts';
import { knownNames, type PairNames, pairNames } from '../../rbac/pair.ts';
import { type Profile, rulesToAsk } from '../../rbac/profiles.ts';
import { appliesTo, sameSubject, user } from '../../rbac/subject.ts';
import { reviewedUser } from '../pair/existing-access.ts';
import type { Facts, NodeFacts, NodeRight, RightFacts } from './facts.ts';
import { withModes } from './gather/authorization-modes.ts';
import { nameClient } from './gather/kubelet-client.ts';
import { findGroups, findNearMisses } from './gather/near-misses.ts';
import { type AskedKubelet, askedDirectly, askedVia } from './gather/open-kubelet.ts';
import { type ProbeSettings, probeNode } from './gather/probe-node.ts';
import { lookAtRights } from './gather/rights.ts';
import { withRequests } from './gather/signing-requests.ts';
import { addUnseen, look, type Survey } from './gather/survey.ts';
import { rightsOf } from './report/rights.ts';

export interface SurveySettings extends ProbeSettings {
  readonly choice: NodeChoice;
  readonly profile: Profile;
  /** Whom the pair is for, in place of who kube-apiserver is to kubelets. */
  readonly subject: RbacSubject | undefined;
  /** How many nodes are asked at once. */
  readonly parallel: number;
  readonly warnDays: number;
  /** How many nodes of how many have been asked. */
  readonly progress: (done: number, all: number) => void;
}

/** Looks at everything that `status` tells about; asks nothing that changes anything. */
export async function gatherFacts(
  server: string,
  apiServer: ApiServer,
  access: KubeletAccess | Failure,
  settings: SurveySettings,
  signal: AbortSignal,
): Promise<Facts> {
  const { choice, profile, warnDays } = settings;
  const survey: Survey = { apiServer, access, probing: settings, choice, signal, unseen: [] };
  // First of all: whether there is an API server.
  const caller = await whoAmI(apiServer);
  const { nodes, lacking } = await chooseNodes(apiServer, choice);
  if (lacking)
    survey.unseen.push({ what: 'nodes, and where their kubelets are', right: lacking.right });
  const probed = await probeNodes(survey, nodes, settings);
  const client = await nameClient(survey, probed);
  const wanted = wantedPair(settings, client);
  const { subject } = wanted;
  const isClient = !subject || isKubeletClient(subject, client);
  const isCaller = subject !== undefined && appliesTo(subject, caller);
  const rights = rightsOf(rulesToAsk(profile));
  const [pair, ofSubject, callerRights, nearMisses] = await Promise.all([
    look(survey, 'the pair', 'get clusterroles, clusterrolebindings', () =>
      findPair(apiServer, wanted.names),
    ),
    !subject || isCaller
      ? []
      : subjectRights(survey, subject, rights, isClient ? askedVia(survey, probed) : undefined),
    lookAtRights(
      rights,
      (right) =>
        look(survey, 'your own rights', 'create selfsubjectaccessreviews', () =>
          reviewSelf(apiServer, right),
        ),
      askedDirectly(survey, probed),
    ),
    findNearMisses(survey, probed, client),
  ]);
  const clientRights = isCaller ? callerRights : ofSubject;
  const strange = {
    client: isDenied(clientRights) || (isUnnamed(client) && pair?.binding === undefined),
    caller: isDenied(callerRights),
  };
  return {
    server,
    path: isClient ? 'apiserver' : isCaller ? 'direct' : 'review',
    now: Date.now(),
    caller,
    client,
    wanted: { profile, ...wanted },
    pair,
    clientRights,
    callerRights,
    nearMisses,
    groups: isClient && clientRights.some(isAtOdds) ? await findGroups(survey) : [],
    selector: choice.selector,
    nodes: await withModes(survey, await withRequests(survey, probed), strange),
    unseen: survey.unseen,
    interrupted: signal.aborted,
    warnDays,
  };
}

function probeNodes(
  { apiServer, access, signal }: Survey,
  nodes: readonly Node[],
  settings: SurveySettings,
): Promise<readonly NodeFacts[]> {
  let done = 0;
  settings.progress(done, nodes.length);
  return pMap(
    nodes,
    async (node) => {
      const facts = await probeNode(node, apiServer, access, settings, signal);
      done += 1;
      settings.progress(done, nodes.length);
      return facts;
    },
    { concurrency: settings.parallel },
  );
}

function wantedPair(
  { profile, subject }: SurveySettings,
  client: Facts['client'],
): { readonly subject: RbacSubject | undefined; readonly names: PairNames } {
  const learned =
    'userName' in client && client.userName !== undefined ? user(client.userName) : undefined;
  const whom = subject ?? learned;
  if (!whom) return { subject: undefined, names: knownNames };
  return { subject: whom, names: pairNames(profile, whom, [], isKubeletClient(whom, client)) };
}

function isKubeletClient(subject: RbacSubject, client: Facts['client']): boolean {
  return (
    'userName' in client &&
    client.userName !== undefined &&
    sameSubject(subject, user(client.userName))
  );
}

function subjectRights(
  survey: Survey,
  subject: RbacSubject,
  rights: readonly NodeRight[],
  asked: AskedKubelet | undefined,
): Promise<readonly RightFacts[]> {
  const what = 'what RBAC allows others';
  const needs = 'create subjectaccessreviews';
  return lookAtRights(
    rights,
    async (right) => {
      const reviewed = await look(survey, what, needs, () =>
        reviewSubject(survey.apiServer, reviewedUser(subject), right),
      );
      if (!reviewed) addUnseen(survey.unseen, { what, right: needs });
      return reviewed;
    },
    asked,
  );
}

function isDenied([first]: readonly RightFacts[]): boolean {
  return first?.review?.allowed === false;
}

function isAtOdds({ review, answer }: RightFacts): boolean {
  return review?.allowed === false && answer === 'allowed';
}

/** No kubelet refused anything, not even what neither the pair nor the cluster's own role allows. */
function isUnnamed(client: Facts['client']): boolean {
  return 'userName' in client && client.userName === undefined;
}
