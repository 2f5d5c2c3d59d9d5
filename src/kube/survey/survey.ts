import pMap from 'p-map';
import { Failure, Interrupted } from '../../errors.ts';
import { minorOf } from '../../kubelet/authorization.ts';
import type { Facts, NodeFacts, NodeRight, Probe } from '../../kubelet/report/facts.ts';
import { rightsOf } from '../../kubelet/report/rights.ts';
import type { Node, RbacSubject } from '../../objects.ts';
import { type FoundPair, knownNames, type PairNames, pairNames } from '../../rbac/pair.ts';
import { type Profile, rulesToAsk } from '../../rbac/profiles.ts';
import { reviewedUser } from '../../rbac/redundancy.ts';
import { sameSubject, user } from '../../rbac/subject.ts';
import { type ApiServer, ApiServerFailure, orUndefined } from '../api-server.ts';
import { isOneOf, whoAmI } from '../caller.ts';
import { type Kubelet, openDirectTo, openViaApiServer } from '../kubelet.ts';
import type { KubeletAccess } from '../kubelet-access.ts';
import { learnKubeletClient } from '../kubelet-client.ts';
import { findPair } from '../pair.ts';
import { reviewSelf, reviewSubject } from '../review.ts';
import { authorizationMode } from './authorization-mode.ts';
import { chooseNodes, type NodeChoice } from './choose-nodes.ts';
import { findNearMisses } from './near-misses.ts';
import { type ProbeSettings, probeNode } from './probe-node.ts';
import { type AskedKubelet, lookAtRights } from './rights.ts';
import { pendingRequests } from './signing-requests.ts';

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

/** What every look needs. */
interface Survey {
  readonly apiServer: ApiServer;
  readonly access: KubeletAccess | Failure;
  readonly settings: SurveySettings;
  readonly signal: AbortSignal;
  /** Notes what the caller may not look at. */
  readonly lacks: (what: string, right: string) => void;
}

/** Looks at everything that `status` tells about; asks nothing that changes anything. */
export async function gatherFacts(
  server: string,
  apiServer: ApiServer,
  access: KubeletAccess | Failure,
  settings: SurveySettings,
  signal: AbortSignal,
): Promise<Facts> {
  const unseen: Facts['unseen'][number][] = [];
  const lacks = (what: string, right: string) => {
    unseen.push({ what, right });
  };
  // First of all: whether there is an API server.
  const caller = await whoAmI(apiServer);
  const { nodes, lacking } = await chooseNodes(apiServer, settings.choice);
  if (lacking) lacks('nodes, and where their kubelets are', lacking.right);
  const survey = { apiServer, access, settings, signal, lacks };
  const probed = await probeNodes(survey, nodes);
  const client = await nameClient(survey, probed);
  const wanted = wantedPair(settings, client);
  const isClient = wanted.subject === undefined || isKubeletClient(wanted.subject, client);
  const isCaller = wanted.subject !== undefined && isOneOf(caller, wanted.subject);
  const rights = rightsOf(rulesToAsk(settings.profile));
  const [pair, clientRights, callerRights, misses] = await unlessInterrupted(
    Promise.all([
      findPairOrLack(survey, wanted.names),
      wanted.subject === undefined
        ? []
        : subjectRights(
            survey,
            isCaller ? caller : reviewedUser(wanted.subject),
            rights,
            isClient
              ? askedVia(survey, probed)
              : isCaller
                ? askedDirectly(survey, probed)
                : undefined,
          ),
      lookAtRights(
        rights,
        (right) => reviewSelf(apiServer, { resource: 'nodes', ...right }),
        askedDirectly(survey, probed),
      ),
      nearMissesOrLack(survey, probed, client),
    ]),
    signal,
    [undefined, [], [], []],
  );
  return {
    server,
    path: isClient ? 'apiserver' : isCaller ? 'direct' : 'review',
    now: Date.now(),
    caller,
    client,
    wanted: { profile: settings.profile, ...wanted },
    pair,
    clientRights,
    callerRights,
    nearMisses: misses,
    selector: settings.choice.selector,
    nodes: await withModes(survey, await withRequests(survey, probed), {
      client: isDenied(clientRights) || (isUnnamed(client) && pair?.binding === undefined),
      caller: isDenied(callerRights),
    }),
    unseen,
    interrupted: signal.aborted,
    warnDays: settings.warnDays,
  };
}

const nobodyTold: Facts['client'] = { unknown: '', details: [] };

async function nameClient(
  { apiServer, settings, signal }: Survey,
  probed: readonly NodeFacts[],
): Promise<Facts['client']> {
  const nodes = probed.filter(({ viaApiServer }) => hasAnswered(viaApiServer));
  // Why the others did not answer is told of each.
  if (nodes.length === 0) return nobodyTold;
  const { timeoutMs } = settings;
  const deadline = performance.now() + timeoutMs;
  const limits = { connectMs: timeoutMs, answerMs: timeoutMs, deadline };
  try {
    const learned = await learnKubeletClient(
      apiServer,
      nodes.map(({ node }) => node),
      limits,
    );
    return { userName: learned.known ? learned.userName : undefined };
  } catch (error) {
    if (error instanceof Interrupted && signal.aborted) return nobodyTold;
    if (!(error instanceof Failure)) throw error;
    // That the caller may not ask shows in each probe.
    if (error.cause instanceof ApiServerFailure) return nobodyTold;
    return { unknown: error.message, details: [...error.hints, ...error.details] };
  }
}

function probeNodes(
  { apiServer, access, settings, signal }: Survey,
  nodes: readonly Node[],
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

/** Also where the cluster does not tell who that is, and nobody was named. */
function isKubeletClient(subject: RbacSubject, client: Facts['client']): boolean {
  return (
    'userName' in client &&
    client.userName !== undefined &&
    sameSubject(subject, user(client.userName))
  );
}

async function findPairOrLack(
  { apiServer, lacks }: Survey,
  names: PairNames,
): Promise<FoundPair | undefined> {
  const found = await orUndefined(findPair(apiServer, names));
  if (!found) lacks('the pair', 'get clusterroles, clusterrolebindings');
  return found;
}

async function nearMissesOrLack(
  { apiServer, lacks }: Survey,
  probed: readonly NodeFacts[],
  client: Facts['client'],
): Promise<Facts['nearMisses']> {
  if (!('userName' in client) || client.userName === undefined) return [];
  const found = await findNearMisses(apiServer, probed, client.userName);
  if (!found) lacks('what comes close', 'list clusterroles, clusterrolebindings, rolebindings');
  return found ?? [];
}

async function subjectRights(
  { apiServer, lacks }: Survey,
  identity: Parameters<typeof reviewSubject>[1],
  rights: readonly NodeRight[],
  asked: AskedKubelet | undefined,
): Promise<Facts['clientRights']> {
  const looked = await lookAtRights(
    rights,
    (right) => reviewSubject(apiServer, identity, { resource: 'nodes', ...right }),
    asked,
  );
  if (looked.some(({ review }) => review === undefined))
    lacks('what RBAC allows others', 'create subjectaccessreviews');
  return looked;
}

/** Whether a kubelet itself, by that path, has said yes or no. */
function hasAnswered(probe: Probe): boolean {
  return (
    probe.result === 'ok' ||
    (probe.result === 'failed' && probe.by === 'kubelet' && probe.cause === 'forbidden')
  );
}

function askedVia(survey: Survey, probed: readonly NodeFacts[]): AskedKubelet | undefined {
  const found = probed.find(({ viaApiServer }) => hasAnswered(viaApiServer));
  return found && { kubelet: openVia(survey, found), minor: minorOfNode(found) };
}

function askedDirectly(survey: Survey, probed: readonly NodeFacts[]): AskedKubelet | undefined {
  const found = probed.find(({ direct }) => hasAnswered(direct));
  const kubelet = found && openStraight(survey, found);
  return found && kubelet && { kubelet, minor: minorOfNode(found) };
}

function minorOfNode({ node }: NodeFacts): number {
  return minorOf(node.status?.nodeInfo?.kubeletVersion);
}

function openVia({ apiServer, settings }: Survey, { node }: NodeFacts): Kubelet {
  const { timeoutMs } = settings;
  const limits = { connectMs: timeoutMs, answerMs: timeoutMs };
  return openViaApiServer(node.metadata?.name ?? '', apiServer, limits);
}

function openStraight(
  { access, settings, signal }: Survey,
  { node }: NodeFacts,
): Kubelet | undefined {
  if (access instanceof Failure) return undefined;
  const { timeoutMs, types, port } = settings;
  const limits = { connectMs: timeoutMs, answerMs: timeoutMs };
  return openDirectTo(node, types, port, access, signal, limits);
}

/** Adds, where a kubelet has no serving certificate yet, its request for one. */
async function withRequests(
  { apiServer, lacks, signal }: Survey,
  probed: readonly NodeFacts[],
): Promise<readonly NodeFacts[]> {
  const waits = (probe: Probe) =>
    probe.result === 'failed' && probe.cause === 'no serving certificate yet';
  if (signal.aborted || !probed.some((each) => waits(each.direct) || waits(each.viaApiServer)))
    return probed;
  const pending = await orUndefined(pendingRequests(apiServer));
  if (!pending) lacks('requests for certificates', 'list certificatesigningrequests');
  return probed.map((facts) =>
    waits(facts.direct) || waits(facts.viaApiServer)
      ? { ...facts, pendingRequest: pending?.get(facts.node.metadata?.name ?? '') }
      : facts,
  );
}

/** Few: each takes a request more, and they tell what the others are likely to be. */
const mostModes = 5;

function isDenied(rights: Facts['clientRights']): boolean {
  return rights[0]?.review?.allowed === false;
}

/** No kubelet refused anything, not even what neither the pair nor the cluster's own role allows. */
function isUnnamed(client: Facts['client']): boolean {
  return 'userName' in client && client.userName === undefined;
}

/** Adds, where a kubelet allows what RBAC does not seem to, who decides there. */
async function withModes(
  survey: Survey,
  probed: readonly NodeFacts[],
  { client, caller }: { readonly client: boolean; readonly caller: boolean },
): Promise<readonly NodeFacts[]> {
  const strange = probed
    .filter(
      ({ direct, viaApiServer }) =>
        (client && viaApiServer.result === 'ok') || (caller && direct.result === 'ok'),
    )
    .slice(0, mostModes);
  if (survey.signal.aborted || strange.length === 0) return probed;
  const modes = new Map(
    await Promise.all(
      strange.map(async (facts) => {
        const straight = caller && facts.direct.result === 'ok';
        const kubelet = (straight && openStraight(survey, facts)) || openVia(survey, facts);
        return [facts, await authorizationMode(kubelet)] as const;
      }),
    ),
  );
  return probed.map((facts) =>
    modes.has(facts) ? { ...facts, authorizationMode: modes.get(facts) } : facts,
  );
}

async function unlessInterrupted<T>(made: Promise<T>, signal: AbortSignal, else_: T): Promise<T> {
  try {
    return await made;
  } catch (error) {
    if (error instanceof Interrupted && signal.aborted) return else_;
    throw error;
  }
}
