import { formatHostPort } from '../../../kubelet/address.ts';
import { type Cause, certificateCauses } from '../../../kubelet/causes/causes.ts';
import type { HopName } from '../../../kubelet/causes/hop.ts';
import { firstToExpire, judgeExpiry } from '../../../kubelet/certificate.ts';
import { finding } from '../../../kubelet/finding.ts';
import { formatFingerprint } from '../../../kubelet/fingerprint.ts';
import type { FlavourName } from '../../../kubelet/flavours.ts';
import { describeNotReady } from '../../../kubelet/readiness.ts';
import { approveRequests, checkRequest } from '../../../kubelet/serving-requests.ts';
import { command } from '../../../text/command.ts';
import { type Group, largestGroups } from '../../../text/groups.ts';
import { joinWords, summarize } from '../../../text/list.ts';
import type { Facts, NodeFacts } from '../facts.ts';
import { type FailedProbe, isFailed } from '../probe.ts';
import { describeFinding, type Finding, namesOf } from './finding.ts';

export interface Trouble {
  readonly facts: NodeFacts;
  readonly hop: HopName;
  readonly probe: FailedProbe;
  /** Failed probe of the other path; absent if that did not fail. */
  readonly other?: FailedProbe;
  readonly severity: Finding['severity'];
}

/** Reports why nodes cannot be reached, one finding for each cause with its nodes, the most frequent first. */
export function nodeFindings(facts: Facts): readonly Finding[] {
  const { nodes, now, warnDays } = facts;
  const groups = largestGroups(nodes.flatMap(troublesOf), (trouble) => {
    const { hop, probe, severity } = trouble;
    return JSON.stringify([severity, hop, probe.cause, directly(trouble)?.cause]);
  });
  return [
    ...groups.map((group) => aboutExpiredClient(findingOf(group), group, facts)),
    notReady(nodes),
    expiring(nodes, now, warnDays),
  ].flat();
}

const byKubeadm =
  'on each control-plane node: kubeadm certs renew apiserver-kubelet-client, and restart kube-apiserver (move its manifest out of /etc/kubernetes/manifests, and back after a minute), which keeps the old one until then';
const byHand =
  'renew the certificate of --kubelet-client-certificate, and restart kube-apiserver, which keeps the old one until then';

/** How to renew kube-apiserver's client certificate, for flavours that have a command. */
const renewals: Readonly<Partial<Record<FlavourName, string>>> = {
  kubeadm: byKubeadm,
  kind: byKubeadm,
  minikube: byKubeadm,
  k3s: 'restart k3s on each server (systemctl restart k3s): it renews certificates that have expired',
  rke2: 'restart RKE2 on each server (systemctl restart rke2-server): it renews certificates that have expired',
};

/** Explains that kubelets reject the login of kube-apiserver, if a kubelet counted its certificate as expired. */
function aboutExpiredClient(
  found: Finding,
  [{ hop, probe }]: Group<Trouble>,
  { isClientExpired, flavour }: Facts,
): Finding {
  const isRefusal = hop === 'API server -> kubelet' && probe.cause === 'no credential accepted';
  if (!isClientExpired || !isRefusal) return found;
  return {
    ...found,
    message: `${listNodes(found.nodes)}: kube-apiserver's client certificate for kubelets has expired: they refuse its login (401); your own login is not involved`,
    remedy: (flavour && renewals[flavour]) ?? byHand,
  };
}

/** Returns the failures of a node except denials: one if both paths fail alike; a note (with --address an error) if only direct fails. */
function troublesOf(facts: NodeFacts): readonly Trouble[] {
  const failed = [facts.viaApiServer, facts.direct].map((probe) =>
    isFailed(probe) && probe.cause !== 'forbidden' ? probe : undefined,
  );
  const [via, direct] = failed;
  const trouble = (hop: HopName, probe: FailedProbe, severity: Finding['severity']): Trouble => ({
    facts,
    hop,
    probe,
    severity,
  });
  // The API server waits longer for a kubelet than we wait for the API server.
  const silent = via?.by === 'network' && via.cause === 'no answer' && direct && isSilence(direct);
  if (via && direct && (silent || via.cause === direct.cause))
    return [{ ...trouble('caller or API server -> kubelet', direct, 'error'), other: via }];
  const alone = facts.viaApiServer.result === 'not asked' ? 'error' : 'note';
  if (via)
    return [
      { ...trouble('API server -> kubelet', via, 'error'), ...(direct && { other: direct }) },
    ];
  return direct ? [trouble('caller -> kubelet', direct, alone)] : [];
}

/** Returns the failure of the direct path, if it differs from the failure through the API server. */
function directly({ hop, other }: Trouble): FailedProbe | undefined {
  return hop === 'API server -> kubelet' ? other : undefined;
}

function isSilence({ cause }: FailedProbe): boolean {
  return cause === 'connection timed out' || cause === 'handshake failed' || cause === 'no answer';
}

/** Most nodes that are named, and most nodes whose errors are printed. */
const fewNames = 3;

function findingOf(group: Group<Trouble>): Finding {
  const [first] = group;
  const { cause } = first.probe;
  const nodes = namesOf(group.map(({ facts }) => facts));
  const few = group.slice(0, fewNames);
  const evidence = [
    ...few.flatMap((each) => [
      each.probe.message,
      ...(each.other ? [`${directly(each) ? 'directly: ' : ''}${each.other.message}`] : []),
    ]),
    ...few.flatMap(({ facts, other }) => certificateWords(facts, [cause, other?.cause ?? cause])),
    ...few.flatMap(({ facts }) => readiness(facts)),
  ];
  const { sentence, rest } = describe(first, group);
  return finding(cause, first.severity, `${listNodes(nodes)}: ${sentence}`, {
    nodes,
    evidence: [...new Set(evidence)],
    ...rest,
  });
}

/** Describes the cause as `curl` and `explain` do, except that only status knows that the API server reaches a node. */
function describe(trouble: Trouble, group: readonly Trouble[]): ReturnType<typeof describeFinding> {
  const { facts, hop, probe } = trouble;
  if (hop === 'caller -> kubelet' && probe.by === 'network' && facts.viaApiServer.result === 'ok')
    return {
      sentence: `direct access fails (${probe.cause}); this affects only you, kube-apiserver reaches ${group.length === 1 ? 'it' : 'them'}`,
      rest: { remedy: '', commands: [] },
    };
  const alone = group.length === 1;
  const name = facts.node.metadata.name;
  // kube-apiserver chooses the address of a node itself, and reports it in its error.
  const address =
    hop === 'API server -> kubelet'
      ? probe.address
      : facts.address && formatHostPort(facts.address);
  // For several nodes, use a sentence that does not name a single node.
  const { cause, pattern } = probe;
  const { sentence, rest } = describeFinding(alone ? probe : { cause, pattern }, {
    hop,
    address: alone ? address : undefined,
    // With --address, the name is the address of the kubelet and not the name of a node.
    node: alone && name !== facts.address?.host ? name : undefined,
    denial: probe.denial,
  });
  const isUnsigned = cause === 'no serving certificate yet';
  const known = isUnsigned ? approvals(group, rest.commands) : rest.commands;
  const other = directly(trouble);
  const more = other ? [command`kubectl kubeletaccess explain ${other.cause}`] : [];
  return { sentence, rest: { ...rest, commands: [...known, ...more] } };
}

export function listNodes(names: readonly string[]): string {
  return names.length > fewNames ? summarize(names, fewNames) : joinWords(names, 'and');
}

/** Most names of a certificate that are printed, so that the fingerprint after them is not cut off. */
const mostNames = 6;

function certificateWords(
  { node, certificate }: NodeFacts,
  causes: readonly Cause[],
): readonly string[] {
  if (!certificate || !causes.some((cause) => certificateCauses.includes(cause))) return [];
  const { subject, issuer, names, notBefore, notAfter, fingerprint } = certificate;
  return [
    `certificate of ${node.metadata.name}: subject ${subject}, issuer ${issuer}, names ${summarize(names, mostNames) || '<none>'}, valid from ${notBefore} to ${notAfter}, fingerprint ${formatFingerprint(fingerprint)}`,
  ];
}

function readiness({ node }: NodeFacts): readonly string[] {
  return [describeNotReady(node)].filter(Boolean);
}

/** Warns about nodes that are not ready although their kubelet answers. Other findings report kubelets that do not answer. */
function notReady(nodes: readonly NodeFacts[]): Finding | [] {
  const contradictory = nodes.filter(
    (facts) => readiness(facts).length > 0 && answers(facts) && troublesOf(facts).length === 0,
  );
  if (contradictory.length === 0) return [];
  const names = namesOf(contradictory);
  return finding(
    'node not ready',
    'warning',
    `${listNodes(names)}: not ready according to the Node object, but the kubelet answers`,
    {
      nodes: names,
      evidence: contradictory.slice(0, fewNames).flatMap(readiness),
      commands: [command`kubectl describe node ${names.slice(0, fewNames)}`],
    },
  );
}

function answers({ direct, viaApiServer }: NodeFacts): boolean {
  return [direct, viaApiServer].some(
    (probe) => probe.result === 'ok' || (isFailed(probe) && probe.by === 'kubelet'),
  );
}

/** Returns commands for the pending requests, by name. */
function approvals(group: readonly Trouble[], otherwise: readonly string[]): readonly string[] {
  const pending = group.flatMap(({ facts }) => facts.pendingRequest ?? []);
  const waiting = pending.find(({ approved }) => !approved)?.name;
  // Name only one request: each request must be checked before it is approved.
  if (waiting !== undefined) return [checkRequest(waiting), approveRequests([waiting])];
  // Approved but not signed: the signer is missing, and an approval does not help.
  return pending.length > 0
    ? [command`kubectl describe csr ${pending.map(({ name }) => name)}`]
    : otherwise;
}

function expiring(nodes: readonly NodeFacts[], now: number, warnDays: number): Finding | [] {
  const soon = nodes.flatMap(({ node, certificate, direct }) =>
    certificate && !(isFailed(direct) && /^certificate/.test(direct.cause))
      ? judgeExpiry(certificate, now, warnDays)
          .filter(({ leftMs }) => leftMs > 0)
          .map((expiry) => ({ name: node.metadata.name, certificate, ...expiry }))
      : [],
  );
  if (soon.length === 0) return [];
  const names = soon.map(({ name }) => name);
  return finding(
    'certificate expires soon',
    'warning',
    `${listNodes(names)}: the serving certificate ${firstToExpire(soon).words}`,
    {
      nodes: names,
      evidence: soon
        .slice(0, fewNames)
        .map(({ name, certificate }) => `${name}: expires ${certificate.notAfter}`),
      commands: ['kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving'],
    },
  );
}
