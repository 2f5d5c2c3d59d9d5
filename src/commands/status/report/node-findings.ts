import { formatHostPort } from '../../../kubelet/address.ts';
import { type Cause, certificateCauses } from '../../../kubelet/cause.ts';
import { dayMs } from '../../../kubelet/certificate.ts';
import { isFailure } from '../../../kubelet/error-texts.ts';
import { explain } from '../../../kubelet/explain/explain.ts';
import type { ExplainedHop } from '../../../kubelet/explain/explanation.ts';
import { unauthorized } from '../../../kubelet/explain/http-answers.ts';
import { describeFailure } from '../../../kubelet/explain/network-failures.ts';
import { shellWord } from '../../../text/shell.ts';
import type { Facts, FailedProbe, NodeFacts } from '../facts.ts';
import { type Finding, finding } from './finding.ts';
import { remedies } from './node-remedies.ts';
import { isFailed } from './probe.ts';
import { namesOf } from './refused.ts';

/** One trouble of one node. */
interface Trouble {
  readonly facts: NodeFacts;
  readonly hop: ExplainedHop;
  readonly probe: FailedProbe;
  /** That of the other path, where it met the same. */
  readonly other?: FailedProbe;
  readonly severity: Finding['severity'];
}

/** Why nodes cannot be used, each cause once, with the nodes that have it; the most frequent first. */
export function nodeFindings({ nodes, now, warnDays }: Facts): readonly Finding[] {
  const groups = new Map<string, Trouble[]>();
  for (const trouble of nodes.flatMap(troublesOf)) {
    const { hop, probe, severity } = trouble;
    const key = JSON.stringify([severity, hop, probe.cause]);
    groups.set(key, [...(groups.get(key) ?? []), trouble]);
  }
  return [
    ...[...groups.values()].sort((a, b) => b.length - a.length).map(told),
    ...notReady(nodes),
    ...expiring(nodes, now, warnDays),
  ];
}

/** What both paths met is one trouble; what only the direct one met does not count. Lack of rights is told elsewhere. */
function troublesOf(facts: NodeFacts): readonly Trouble[] {
  const failed = [facts.viaApiServer, facts.direct].map((probe) =>
    isFailed(probe) && probe.cause !== 'forbidden' ? probe : undefined,
  );
  const [via, direct] = failed;
  const trouble = (
    hop: ExplainedHop,
    probe: FailedProbe,
    severity: Finding['severity'],
  ): Trouble => ({ facts, hop, probe, severity });
  // The API server waits longer for a kubelet than we wait for the API server.
  const silent = via?.by === 'network' && via.cause === 'no answer' && direct && isSilence(direct);
  if (via && direct && (silent || via.cause === direct.cause))
    return [{ ...trouble('caller or API server -> kubelet', direct, 'error'), other: via }];
  const alone = facts.viaApiServer.result === 'not asked' ? 'error' : 'note';
  return [
    ...(via ? [trouble('API server -> kubelet', via, 'error')] : []),
    ...(direct ? [trouble('caller -> kubelet', direct, alone)] : []),
  ];
}

function isSilence({ cause }: FailedProbe): boolean {
  return cause === 'connection timed out' || cause === 'handshake failed' || cause === 'no answer';
}

/** How many nodes are told by name, and how many of their words. */
const fewNames = 3;

function told(group: readonly Trouble[]): Finding {
  const [first] = group;
  if (!first) throw new RangeError('an empty group');
  const { cause } = first.probe;
  const nodes = namesOf(group.map(({ facts }) => facts));
  const { why, commands } = explained(first, group.length === 1);
  const few = group.slice(0, fewNames);
  const evidence = [
    ...few.flatMap(({ probe, other }) => [probe.words, ...(other ? [other.words] : [])]),
    ...few.flatMap(({ facts }) => certificateWords(facts, cause)),
    ...few.flatMap(({ facts }) => readiness(facts)),
  ];
  return {
    cause,
    severity: first.severity,
    nodes,
    message: `${listNodes(nodes)}: ${why}`,
    evidence: [...new Set(evidence)].filter((words) => words !== why),
    remedy: onlyFromHere(first) ? '' : (remedies[cause] ?? ''),
    commands: (cause === 'no serving certificate yet'
      ? approvals(group, commands)
      : commands
    ).filter(isNews),
  };
}

function onlyFromHere({ facts, hop, probe }: Trouble): boolean {
  const reached = facts.viaApiServer.result === 'ok';
  return hop === 'caller -> kubelet' && probe.by === 'network' && reached;
}

/** What this very report has done. */
function isNews(command: string): boolean {
  return command !== 'kubectl kubeletaccess status' && !command.startsWith('openssl s_client');
}

function explained(
  trouble: Trouble,
  alone: boolean,
): { readonly why: string; readonly commands: readonly string[] } {
  const { facts, hop, probe } = trouble;
  if (hop === 'API server -> kubelet' && probe.by === 'network')
    return { why: probe.words, commands: [] };
  if (onlyFromHere(trouble))
    return {
      why: `not reached straight from here (${probe.cause}), which concerns only you: kube-apiserver reaches ${alone ? 'it' : 'them'}`,
      commands: [],
    };
  // Which address kube-apiserver took is its own choice.
  const known = alone && hop !== 'API server -> kubelet' ? facts.address : undefined;
  const address = known && formatHostPort(known);
  if (isFailure(probe.cause)) return describeFailure(probe.cause, hop, address, probe.words);
  const prefix =
    hop === 'API server -> kubelet' && probe.by === 'api server' ? 'Error from server: ' : '';
  const { cause, words, refusal } = probe;
  // Who is anonymous to a kubelet was let in to be refused.
  const said = refusal ? explain(prefix + words)[0] : undefined;
  if (said) return said;
  if (cause === 'no credential accepted' && hop !== 'caller or API server -> kubelet')
    return {
      why: unauthorized[hop === 'API server -> kubelet' ? 'API server' : 'caller'],
      commands: [],
    };
  const sentence = sentences[cause];
  if (sentence !== undefined) return { why: sentence, commands: [] };
  const found = explain(prefix + words).find((each) => each.cause === cause);
  return found ?? { why: words, commands: [] };
}

const sentences: Partial<Record<Cause, string>> = {
  'no credential accepted':
    'the kubelet accepts no credential (401), neither yours nor that of kube-apiserver: look at its clientCAFile, and at --kubelet-client-certificate of kube-apiserver',
  'no address':
    'the Node object has no address that kubelets are looked for at, so that nobody was asked',
  'switched off':
    'what logs, exec and port-forward need is switched off in the configuration of the kubelet (enableDebuggingHandlers): no right opens it',
  'node gone':
    'the API server has no such Node object any more: it was deleted after it was listed; its kubelet may go on answering',
  'not a kubelet':
    'what answers there is no kubelet: something stands in between, or the address is of another machine',
};

function listNodes(names: readonly string[]): string {
  const few = names.slice(0, fewNames);
  const more = names.length - few.length;
  if (more > 0) return `${few.join(', ')} and ${more} more`;
  return few.length > 1 ? `${few.slice(0, -1).join(', ')} and ${few.at(-1)}` : (few[0] ?? '');
}

function certificateWords({ node, certificate }: NodeFacts, cause: Cause): readonly string[] {
  if (!certificate || !certificateCauses.includes(cause)) return [];
  const { subject, issuer, names, notBefore, notAfter } = certificate;
  return [
    `the certificate of ${node.metadata?.name}: ${subject}, of ${issuer}, for ${names.join(', ') || 'no name'}, from ${notBefore} to ${notAfter}`,
  ];
}

function readiness({ node }: NodeFacts): readonly string[] {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready || ready.status === 'True') return [];
  return [`${node.metadata?.name} is not ready: ${ready.message ?? ready.reason ?? ready.status}`];
}

/** Where the Node object says otherwise than the kubelet, which answers; of one that does not, it is told with that. */
function notReady(nodes: readonly NodeFacts[]): readonly Finding[] {
  const strange = nodes.filter(
    (facts) => readiness(facts).length > 0 && answers(facts) && troublesOf(facts).length === 0,
  );
  if (strange.length === 0) return [];
  const names = namesOf(strange);
  return [
    finding(
      'node not ready',
      'warning',
      `${listNodes(names)}: the Node object says that it is not ready, though its kubelet answers`,
      {
        nodes: names,
        evidence: strange.slice(0, fewNames).flatMap(readiness),
        commands: [`kubectl describe node ${names.slice(0, fewNames).map(shellWord).join(' ')}`],
      },
    ),
  ];
}

function answers({ direct, viaApiServer }: NodeFacts): boolean {
  return [direct, viaApiServer].some(
    (probe) => probe.result === 'ok' || (isFailed(probe) && probe.by === 'kubelet'),
  );
}

/** Who waits for a signature is told the name of the request. */
function approvals(group: readonly Trouble[], otherwise: readonly string[]): readonly string[] {
  const pending = group.flatMap(({ facts }) => facts.pendingRequest ?? []);
  const waiting = pending.filter(({ approved }) => !approved).map(({ name }) => shellWord(name));
  if (waiting.length > 0) return [`kubectl certificate approve ${waiting.join(' ')}`];
  // Approved and not signed: the signer is missing, and an approval helps nothing.
  return pending.length > 0
    ? [`kubectl describe csr ${pending.map(({ name }) => shellWord(name)).join(' ')}`]
    : otherwise;
}

function expiring(nodes: readonly NodeFacts[], now: number, warnDays: number): readonly Finding[] {
  const soon = nodes.flatMap(({ node, certificate, direct }) => {
    const known = certificate && !(isFailed(direct) && /^certificate/.test(direct.cause));
    const left = known ? Date.parse(certificate.notAfter) - now : Number.POSITIVE_INFINITY;
    return left > 0 && left < warnDays * dayMs
      ? [{ name: node.metadata?.name ?? '', days: Math.floor(left / dayMs), certificate }]
      : [];
  });
  if (soon.length === 0) return [];
  const names = soon.map(({ name }) => name);
  const days = Math.min(...soon.map((each) => each.days));
  return [
    finding(
      'certificate expires soon',
      'warning',
      `${listNodes(names)}: the serving certificate ends in ${days === 1 ? 'a day' : `${days} days`}${names.length > 1 ? ' or a little later' : ''}`,
      {
        nodes: names,
        evidence: soon
          .slice(0, fewNames)
          .map(({ name, certificate }) => `${name}: until ${certificate?.notAfter}`),
        commands: [
          'kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
        ],
      },
    ),
  ];
}
