import {
  admissionCommand,
  formatAdmissionDenial,
  parseAdmissionDenials,
} from '../../rbac/admission.ts';
import {
  type ApiServerDenial,
  authorizerBeside,
  isOfProvider,
  parseApiServerDenial,
} from '../../rbac/api-server-denial.ts';
import { parseEscalation } from '../../rbac/escalation.ts';
import { formatRule } from '../../rbac/rules.ts';
import { goString, unquoteGo } from '../../text/go-string.ts';
import { kubeletLogCommand, whoami } from '../causes/hop.ts';
import {
  anonymousDenied,
  type DanglingRole,
  type Denial,
  deniedToCaller,
  deniedToKubelet,
  explainDenial,
} from './explain-denial.ts';
import { type ErrorFacts, type FoundError, foundError } from './explanation.ts';
import { startsOf } from './kubelet-denials.ts';
import type { Location } from './locate.ts';

export function apiServerDenials(
  raw: string,
  plain: string,
  location: Location,
): readonly FoundError[] {
  return [
    ...denied(raw, plain, location),
    ...restricted(plain, location),
    ...escalations(raw, plain),
    ...admissionDenials(plain),
  ];
}

function denied(raw: string, plain: string, location: Location): readonly FoundError[] {
  if (!plain.includes('User "') || ofAnotherServer.test(location.target.address ?? '')) return [];
  // Searches `raw` first. In `plain`, a user name with quotes would end at its first quote, because the backslashes are removed.
  const found = denials(raw, location);
  return found.length > 0 ? found : denials(plain, location);
}

/** The ports of controller managers, schedulers and kube-proxy. They deny requests in the same words as the API server. */
const ofAnotherServer = /:(?:1025[6-9]|10249)$/;

// Does not match after `(reason=`: kubelets of OpenShift 3 add such a reason to their own denials.
const start =
  /(?<!\(reason=)(?:(?<![\w./-])[\w./-]{1,80} (?:"[^"]{0,260}" )?is forbidden: )?\bUser "/g;

function denials(text: string, location: Location): readonly FoundError[] {
  return startsOf(text, start, 1_000).flatMap((words) => {
    const denial = parseApiServerDenial(words) ?? parseOldDenial(words) ?? parseCutDenial(words);
    const explained = denial
      ? { ...resourceDenied(denial, words, location), evidence: cut(words) }
      : pathDenied(words, location);
    return explained ? foundError({ ...explained, node: location.node }) : [];
  });
}

function resourceDenied(denial: ApiServerDenial, words: string, { speaker }: Location): Denial {
  const { user, verb, resource } = denial;
  if (user.startsWith('system:node:')) {
    const reason = nodeReason.exec(words)?.[1];
    if (reason !== undefined) return deniedUnrelated(denial, reason);
    if (ownNodeOnly.test(words)) return deniedToOtherNode(denial);
  }
  const other = authorizerBeside(words);
  return other === undefined
    ? explainDenial(denial, speaker, danglingRoles(words, denial))
    : deniedByOther(user, `${verb} on ${resource}`, other);
}

/** Explains `User "…" cannot VERB path "…"`, a denial of a URL path; undefined for other words. */
function pathDenied(
  words: string,
  location: Location,
): (Denial & { evidence: string }) | undefined {
  const [evidence, quoted = '', verb = '', path = ''] =
    new RegExp(`^User (${goString}) cannot (\\S+) path "([^"]*)"`).exec(words) ?? [];
  if (evidence === undefined) return undefined;
  const user = unquoteGo(quoted);
  const other = authorizerBeside(words);
  if (other !== undefined)
    return { ...deniedByOther(user, `${verb} on its path ${path}`, other), evidence };
  const denial =
    location.target.is === 'kubelet'
      ? explainForeignServer(user, verb, path, location)
      : explainUrlDenial(user, verb, path);
  return { ...denial, evidence };
}

function deniedToOtherNode({ user, verb, resource }: ApiServerDenial): Denial {
  return {
    ...deniedToKubelet,
    identity: user,
    message: `the API server (the Node authorizer) lets a kubelet read only what is of its own node, and denied user "${user}" ${verb} on ${resource} of another: the kubelet calls itself otherwise than its client certificate does. ${otherName}`,
    commands: ['kubectl get nodes -o wide', kubeletLogCommand],
  };
}

const nodeReason =
  /[:.] "?(no relationship found between node|no path found to object|No Object name found|unknown node for user)/i;

/** Explains a denial by the Node authorizer. A kubelet may read only objects to which a pod of its node refers. */
function deniedUnrelated(
  { user, verb, resource, namespace }: ApiServerDenial,
  reason: string,
): Denial {
  const place = namespace === undefined ? resource : `${resource} in namespace ${namespace}`;
  return {
    ...deniedToKubelet,
    identity: user,
    message: /^unknown node/i.test(reason)
      ? `the API server (the Node authorizer) does not know which node user "${user}" is, and denied ${verb} on ${place}: the client certificate of a kubelet needs the common name system:node:NAME, with the name of its Node object. No role fixes that`
      : /^no object/i.test(reason)
        ? `the API server (the Node authorizer) denied user "${user}" ${verb} on ${place} without a name: a pod on that node refers to one by an empty name. No role fixes that`
        : `the API server (the Node authorizer) denied user "${user}" ${verb} on ${place}: no pod that is bound to that node refers to this object. That passes while a pod starts or ends; if it stays, the kubelet has pods that the API server does not. No role fixes that`,
    commands: ['kubectl get pods -A -o wide', kubeletLogCommand],
  };
}

function deniedByOther(user: string, action: string, words: string): Denial {
  const who = isOfProvider(words)
    ? 'on a managed cluster, the provider forbids it'
    : 'ask who runs that authorizer';
  return {
    ...deniedToCaller,
    identity: user,
    message: `an authorizer beside RBAC denied the caller (user "${user}") ${action}: ${words}. No role fixes that: ${who}`,
    commands: [whoami],
  };
}

function cut(words: string): string {
  return (
    /^.*? cannot \S+ (?:resource "[^"]*"(?: in API group "[^"]*")?|[\w./-]+)(?: in the namespace "[^"]*"| at the cluster scope)?(?:: RBAC: (?:\[[^\]]*not found\]|\w+\.rbac\.authorization\.k8s\.io "[^"]*" not found))?/.exec(
      words,
    )?.[0] ?? words
  );
}

/**
 * Parses a denial by an API server up to 1.11, such as `cannot list nodes at the cluster scope` or `cannot get
 * deployments.apps/scale`.
 */
function parseOldDenial(words: string): ApiServerDenial | undefined {
  const [, user = '', verb = '', parent = '', group = '', subresource = '', namespace] =
    new RegExp(
      `User (${goString}) cannot ([a-z]+) ([a-z]+)((?:\\.[a-z0-9-]+)*)((?:/[a-z]+)?) (?:at the cluster scope|in the namespace "([^"]{1,260})")`,
    ).exec(words) ?? [];
  if (parent === '') return undefined;
  return {
    user: unquoteGo(user),
    verb,
    resource: parent + subresource,
    apiGroup: group.slice(1),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/**
 * Parses a denial that was cut off after the verb. Returns undefined for users whom a role can help, because the missing rule would
 * be a guess.
 */
function parseCutDenial(words: string): ApiServerDenial | undefined {
  const [, resource = '', apiGroup = '', user = '', verb = ''] =
    /^([a-z]{3,60})((?:\.[a-z0-9-]{1,60}){0,9}) (?:"[^"]{0,260}" )?is forbidden: User "(system:anonymous|system:node:[^"]{1,260}|system:bootstrap:[^"]{1,60}|kubelet-bootstrap)" cannot ([a-z]{3,20}) [^"\n]{0,20}(?:"[^"\n]{0,80}(?:"[^"\n]{0,40})?)?$/.exec(
      words.trimEnd(),
    ) ?? [];
  if (verb === '') return undefined;
  return { user, verb, resource, apiGroup: apiGroup.slice(1) };
}

/** Reads the roles that a denial reports as not found: a binding refers to them, but they do not exist. */
function danglingRoles(words: string, { namespace }: ApiServerDenial): readonly DanglingRole[] {
  if (!words.includes(': RBAC: ')) return [];
  return [
    ...words.matchAll(/\b(cluster)?role\.rbac\.authorization\.k8s\.io "([^"]{1,260})" not found/g),
  ].map(([, cluster, name = '']) => ({
    kind: cluster === undefined ? 'Role' : 'ClusterRole',
    name,
    namespace,
  }));
}

/** Denials by the Node authorizer because the kubelet's certificate is for another node than the kubelet's node name. */
const ownNodeOnly =
  /can only access node lease with the same name as the requesting node|node '[^'\n]{1,253}' cannot read '[^'\n]{1,253}', only its own Node object/;

const restriction = 'the API server (admission plugin NodeRestriction) lets a kubelet';
const otherName =
  'Its host name or --hostname-override has changed, or the certificate is from another host; no role fixes that';

/**
 * Names in a message of NodeRestriction. `own` is the node of the kubelet's certificate; `node` is the node that the kubelet asked
 * for.
 */
type Named = Readonly<Partial<Record<'own' | 'node' | 'user' | 'what', string | undefined>>>;

/** Denials by NodeRestriction of changes that a kubelet may not make, or may make only to its own node. */
const restrictions: readonly (readonly [
  text: RegExp,
  explain: (named: Named) => Pick<ErrorFacts, 'message'> & Partial<ErrorFacts>,
])[] = [
  [
    /\bnode "?(?<own>[\w.-]{1,253})"? (?:is not allowed to modify|cannot modify) node "?(?<node>[\w.-]{1,253})"?/g,
    ({ own, node }) => ({
      message: `${restriction} change only its own Node object: the client certificate of this kubelet is for node "${own}", but it calls itself "${node}"${own?.toLowerCase() === node?.toLowerCase() ? ' (node names are lower case)' : ''}. ${otherName}`,
    }),
  ],
  [
    // The user is in group system:nodes, but the user name is not system:node:NAME.
    /(?:nodes "(?<node>[\w.-]{1,253})" is forbidden: )?could not determine node from user(?: "(?<user>[^"\n]{1,300})")?/,
    ({ user }) => ({
      identity: user,
      message: `${restriction} change only its own Node object, and cannot tell which that is: the client certificate of a kubelet needs the common name system:node:NAME${user === undefined ? '' : `, and not "${user}"`}`,
    }),
  ],
  [
    /nodes "(?<node>[\w.-]{1,253})" is forbidden: (?:node "?(?<own>[\w.-]{1,253})"? )?is not allowed to modify (?<what>(?:labels: |taints)[^\s"]{0,300})/,
    ({ node, own = node, what }) => ({
      ...{ node, identity: `system:node:${own}` },
      message: `the API server (admission plugin NodeRestriction) does not let a kubelet set ${what} of its own Node object: the request came with the credential of a kubelet, and no role fixes that`,
      remedy: 'use the credential of an administrator',
      commands: [whoami],
    }),
  ],
  [
    // A client with a node's certificate may request certificates only for this node.
    /can only create a node CSR with CN=system:node:(?<own>[\w.-]{1,253})/,
    ({ own }) => ({
      message: `${restriction} ask only for certificates of its own node: the client certificate of this kubelet is for node "${own}", but it asks for another. ${otherName}`,
    }),
  ],
  [
    // A kubelet has one Lease object, which is named after its node.
    /leases\.coordination\.k8s\.io "(?<node>[\w.-]{1,253})" is forbidden: can only access node lease with the same name as the requesting node/,
    ({ node }) => ({
      message: `${restriction} hold only the lease of its own node: the client certificate of this kubelet is for another node than "${node}", as it calls itself. ${otherName}`,
    }),
  ],
];

function restricted(text: string, location: Location): readonly FoundError[] {
  return restrictions.flatMap(([pattern, explain]) => {
    const matches = pattern.global ? [...text.matchAll(pattern)] : [pattern.exec(text)];
    return matches.flatMap((match) => {
      if (!match) return [];
      const { own, node = own, ...named }: Named = match.groups ?? {};
      return foundError({
        ...deniedToKubelet,
        ...(own !== undefined && { identity: `system:node:${own}` }),
        ...{ node: location.node ?? node, evidence: match[0] },
        commands: ['kubectl get nodes -o wide', kubeletLogCommand],
        ...explain({ own, node, ...named }),
      });
    });
  });
}

/**
 * Explains a denial in the API server's words at a kubelet's address. Kubelets do not use these words, so another server listens at
 * this address.
 */
function explainForeignServer(
  user: string,
  verb: string,
  path: string,
  { target }: Location,
): Denial {
  return {
    component: 'proxy-or-aggregated-api',
    hop: 'caller-to-kubelet',
    cause: 'forbidden',
    identity: user,
    message: `what answered at ${target.address} denied user "${user}" ${verb} on the path ${path}, in words of an API server: a kubelet names nodes and a subresource instead. The address may belong to metrics-server, which listens on port 10250 too, or to a virtual kubelet`,
    commands: ['kubectl get nodes,pods -A -o wide'],
  };
}

function explainUrlDenial(user: string, verb: string, path: string): Denial {
  const isAnonymous = user === 'system:anonymous';
  return {
    ...deniedToCaller,
    identity: user,
    message: isAnonymous
      ? anonymousDenied('caller', `${verb} on ${path}`)
      : `the API server denied the caller (user "${user}") ${verb} on its own path ${path}: no kubelet was contacted`,
    missingRule: isAnonymous ? undefined : { nonResourceURLs: [path], verbs: [verb] },
    commands: [whoami],
  };
}

function escalations(raw: string, plain: string): readonly FoundError[] {
  for (const text of [raw, plain]) {
    const start = text.indexOf(': user "');
    if (start < 0) continue;
    // Restores the line breaks, because parseEscalation expects one rule per line.
    const lines = text
      .slice(start)
      .replace('held: {', 'held:\n{')
      .replaceAll('} {APIGroups', '}\n{APIGroups');
    const denial = parseEscalation(lines);
    if (!denial) continue;
    return [
      foundError({
        ...deniedToCaller,
        identity: denial.user,
        message: `the API server does not let user "${denial.user}" grant permissions that they do not have: ${denial.missing.map(formatRule).join(', ')}. A cluster-admin can, or a user with the verbs escalate and bind`,
        evidence: 'is attempting to grant RBAC permissions not currently held',
        commands: ['kubectl kubeletaccess grant --dry-run=client -o yaml'],
      }),
    ];
  }
  return [];
}

function admissionDenials(text: string): readonly FoundError[] {
  return parseAdmissionDenials(text).map((denial) => {
    const isWebhook = denial.by === 'admission webhook';
    const pass = /nodes?[-_/ ]?proxy/i.test(text)
      ? '; a role without nodes/proxy may pass, such as what kubectl kubeletaccess grant --profile readonly gives --subject user:NAME'
      : '';
    return foundError({
      component: isWebhook ? 'admission-webhook' : 'apiserver',
      hop: isWebhook ? 'apiserver-to-webhook' : 'caller-to-apiserver',
      cause: 'forbidden',
      message: `${formatAdmissionDenial(denial)} denied the request, not the API server's authorizer and not a kubelet: no permission is missing, and no role fixes that; ask the owner of the policy${pass}`,
      evidence: denial.evidence,
      commands: [admissionCommand(denial)],
    });
  });
}
