import { formatHostPort } from '../../../kubelet/address.ts';
import { type Cause, certificateCauses } from '../../../kubelet/causes/causes.ts';
import type { HopName } from '../../../kubelet/causes/hop.ts';
import { firstToExpire, judgeExpiry } from '../../../kubelet/certificate.ts';
import { finding } from '../../../kubelet/finding.ts';
import { formatFingerprint } from '../../../kubelet/fingerprint.ts';
import type { FlavourName } from '../../../kubelet/flavours.ts';
import { describeNotReady } from '../../../kubelet/readiness.ts';
import { command } from '../../../text/command.ts';
import { type Group, largestGroups } from '../../../text/groups.ts';
import { joinWords, summarize } from '../../../text/list.ts';
import type { Facts, NodeFacts } from '../facts.ts';
import { type FailedProbe, isFailedProbe, outcomeOf } from '../probe.ts';
import { describeFinding, namesOf, type StatusFinding } from './finding.ts';

export interface Trouble {
  readonly facts: NodeFacts;
  readonly hop: HopName;
  readonly probe: FailedProbe;
  /**
   * The failed probe on the other path: through the API server if `probe` is direct, otherwise direct. Absent if the other probe succeeded.
   */
  readonly other?: FailedProbe;
  readonly severity: StatusFinding['severity'];
}

export function nodeFindings(facts: Facts): readonly StatusFinding[] {
  const { nodes, now, warnDays } = facts;
  const groups = largestGroups(nodes.flatMap(troublesOf), (trouble) => {
    const { hop, probe, severity } = trouble;
    return JSON.stringify([severity, hop, probe.cause, directly(trouble)?.cause]);
  });
  return [
    ...groups.map((group) =>
      withoutApiServer(aboutClient(findingOf(group), group, facts), group, facts),
    ),
    notReady(nodes),
    expiring(nodes, now, warnDays),
  ].flat();
}

const byKubeadm =
  'on each control-plane node: kubeadm certs renew apiserver-kubelet-client, and restart kube-apiserver (move its manifest out of /etc/kubernetes/manifests, and back after a minute), which keeps the old one until then';
const byHand =
  'renew the certificate of --kubelet-client-certificate, and restart kube-apiserver, which keeps the old one until then';

const renewals: Readonly<Partial<Record<FlavourName, string>>> = {
  kubeadm: byKubeadm,
  kind: byKubeadm,
  minikube: byKubeadm,
  k3s: 'restart k3s on each server (systemctl restart k3s): it renews certificates that have expired',
  rke2: 'restart RKE2 on each server (systemctl restart rke2-server): it renews certificates that have expired',
};

/** Says of a 401 to kube-apiserver what other facts tell of its client certificate: it has expired, or another kubelet accepts it. */
function aboutClient(
  found: StatusFinding,
  [{ facts, hop }]: Group<Trouble>,
  { isClientExpired, flavour, nodes }: Facts,
): StatusFinding {
  const { viaApiServer: via } = facts;
  if (
    !isFailedProbe(via) ||
    via.component !== 'kubelet' ||
    via.cause !== 'no-credential-accepted' ||
    via.denial
  )
    return found;
  const isAlone = hop === 'apiserver-to-kubelet';
  if (isAlone && isClientExpired)
    return {
      ...found,
      message: `${formatNodes(found.nodeNames)}: kube-apiserver's client certificate for kubelets has expired: they refuse its login (401); your own login is not involved`,
      remedy: (flavour && renewals[flavour]) ?? byHand,
    };
  const accepting = namesOf(nodes.filter(({ viaApiServer }) => acceptsLogin(viaApiServer)));
  if (accepting.length === 0) return found;
  const who = isAlone
    ? 'the kubelet accepted no credential of kube-apiserver (401); your own login is not involved'
    : "the kubelet rejected the credentials of the request (401), yours or, through the API server, kube-apiserver's";
  return {
    ...found,
    message: `${formatNodes(found.nodeNames)}: ${who}. ${formatNodes(accepting)} accepted kube-apiserver's client certificate, so that it has not expired: the clientCAFile here is of another CA, or missing`,
    remedy:
      'set authentication.x509.clientCAFile in the KubeletConfiguration to the CA that the other kubelets have, and restart the kubelet; if there are several kube-apiservers, compare their --kubelet-client-certificate',
  };
}

/** Without an API server, only a fingerprint that was kept makes an unknown certificate trustworthy. */
function withoutApiServer(
  found: StatusFinding,
  [{ facts, probe }]: Group<Trouble>,
  { apiServerDown }: Facts,
): StatusFinding {
  if (apiServerDown === undefined || !certificateCauses.includes(probe.cause) || !facts.address)
    return found;
  return {
    ...found,
    remedy: 'trust the certificate by its fingerprint, if you kept it while all was well',
    commands: [
      command`kubectl kubeletaccess status --kubelet-address ${formatHostPort(facts.address)} --kubelet-fingerprint @FILE`,
    ],
  };
}

/** Whether a kubelet accepted the login of kube-apiserver, also if it denied the request then. */
function acceptsLogin(via: NodeFacts['viaApiServer']): boolean {
  return (
    via.result === 'ok' ||
    (isFailedProbe(via) && via.component === 'kubelet' && via.cause === 'forbidden')
  );
}

/**
 * Returns the failures of a node, except denials. Returns only one failure if the direct request and the request through the API server
 * have the same cause.
 */
function troublesOf(facts: NodeFacts): readonly Trouble[] {
  const failed = [facts.viaApiServer, facts.direct].map((probe) =>
    isFailedProbe(probe) && probe.cause !== 'forbidden' ? probe : undefined,
  );
  const [via, direct] = failed;
  const trouble = (hop: HopName, probe: FailedProbe, severity: Trouble['severity']): Trouble => ({
    ...{ facts, hop, probe, severity },
  });
  // No answer from kube-apiserver may mean that the kubelet is silent, because kube-apiserver waits longer for the kubelet than this
  // program waits.
  const silent =
    via?.component === 'network' && via.cause === 'no-answer' && direct && isSilence(direct);
  if (via && direct && (silent || via.cause === direct.cause))
    return [{ ...trouble('caller-or-apiserver-to-kubelet', direct, 'error'), other: via }];
  const alone = facts.viaApiServer.result === 'not-asked' ? 'error' : 'note';
  if (via)
    return [{ ...trouble('apiserver-to-kubelet', via, 'error'), ...(direct && { other: direct }) }];
  return direct ? [trouble('caller-to-kubelet', direct, alone)] : [];
}

/** Returns the failure of the direct request. Returns undefined if it is the same as the failure through the API server. */
function directly({ hop, other }: Trouble): FailedProbe | undefined {
  return hop === 'apiserver-to-kubelet' ? other : undefined;
}

function isSilence({ cause }: FailedProbe): boolean {
  return cause === 'connection-timed-out' || cause === 'handshake-failed' || cause === 'no-answer';
}

const fewNames = 3;

function findingOf(group: Group<Trouble>): StatusFinding {
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
  return finding(cause, first.severity, `${formatNodes(nodes)}: ${sentence}`, {
    nodeNames: nodes,
    evidence: [...new Set(evidence)],
    ...rest,
  });
}

function describe(trouble: Trouble, group: readonly Trouble[]): ReturnType<typeof describeFinding> {
  const { facts, hop, probe } = trouble;
  if (
    hop === 'caller-to-kubelet' &&
    probe.component === 'network' &&
    facts.viaApiServer.result === 'ok'
  )
    return {
      sentence: `direct access fails (${probe.cause}); this affects only you, kube-apiserver reaches ${group.length === 1 ? 'it' : 'them'}`,
      rest: { remedy: '', commands: [] },
    };
  const alone = group.length === 1;
  const name = facts.node.metadata.name;
  // kube-apiserver itself chooses an address of the node. Its error contains this address.
  const address =
    hop === 'apiserver-to-kubelet' ? probe.address : facts.address && formatHostPort(facts.address);
  const { cause, pattern } = probe;
  const { sentence, rest } = describeFinding(alone ? probe : { cause, pattern }, {
    hop,
    address: alone ? address : undefined,
    // With --kubelet-address, the name of the node is only the address of the kubelet.
    node: alone && name !== facts.address?.host ? name : undefined,
    denial: probe.denial,
  });
  const isUnsigned = cause === 'no-serving-certificate-yet';
  const known = isUnsigned ? approvals(group, rest.commands) : rest.commands;
  const other = directly(trouble);
  const more = other ? [command`kubectl kubeletaccess explain ${other.cause}`] : [];
  return { sentence, rest: { ...rest, commands: [...known, ...more] } };
}

export function formatNodes(names: readonly string[]): string {
  return names.length > fewNames ? summarize(names, fewNames) : joinWords(names, 'and');
}

/** Limit of names in a line. It is small, so that the fingerprint after the names is not cut off. */
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

/** Warns about nodes that are not ready although their kubelet answers. */
function notReady(nodes: readonly NodeFacts[]): StatusFinding | [] {
  const contradictory = nodes.filter(
    (facts) => readiness(facts).length > 0 && answers(facts) && troublesOf(facts).length === 0,
  );
  if (contradictory.length === 0) return [];
  const names = namesOf(contradictory);
  return finding(
    'node-not-ready',
    'warning',
    `${formatNodes(names)}: not ready according to the Node object, but the kubelet answers`,
    {
      nodeNames: names,
      evidence: contradictory.slice(0, fewNames).flatMap(readiness),
      commands: [command`kubectl describe node ${names.slice(0, fewNames)}`],
    },
  );
}

function answers({ direct, viaApiServer }: NodeFacts): boolean {
  return [direct, viaApiServer].some(
    (probe) => probe.result === 'ok' || (isFailedProbe(probe) && probe.component === 'kubelet'),
  );
}

function approvals(group: readonly Trouble[], otherwise: readonly string[]): readonly string[] {
  const pending = group.flatMap(({ facts }) => facts.pendingRequest ?? []);
  const waiting = group.filter(({ facts }) => facts.pendingRequest?.approved === false);
  if (waiting.length > 0) {
    const names = namesOf(waiting.map(({ facts }) => facts));
    return [command`kubectl kubeletaccess certificates ${names.slice(0, fewNames)}`];
  }
  // If requests are approved but not signed, their signer is probably missing.
  return pending.length > 0
    ? [command`kubectl describe csr ${pending.map(({ name }) => name)}`]
    : otherwise;
}

function expiring(nodes: readonly NodeFacts[], now: number, warnDays: number): StatusFinding | [] {
  const soon = nodes.flatMap(({ node, certificate, direct }) =>
    // A certificate that is not valid yet has a finding of its own.
    certificate && outcomeOf(direct) !== 'certificate-not-yet-valid'
      ? judgeExpiry(certificate, now, warnDays)
          .filter(({ leftMs }) => leftMs > 0)
          .map((expiry) => ({ name: node.metadata.name, certificate, ...expiry }))
      : [],
  );
  if (soon.length === 0) return [];
  const names = soon.map(({ name }) => name);
  return finding(
    'certificate-expires-soon',
    'warning',
    `${formatNodes(names)}: the serving certificate ${firstToExpire(soon).words}`,
    {
      nodeNames: names,
      evidence: soon
        .slice(0, fewNames)
        .map(({ name, certificate }) => `${name}: expires ${certificate.notAfter}`),
      commands: ['kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving'],
    },
  );
}
