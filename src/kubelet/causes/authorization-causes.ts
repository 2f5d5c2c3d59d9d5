import { command } from '../../text/command.ts';
import { formatSubresources } from '../authorization.ts';
import { denialTtl } from '../authorization-cache.ts';
import type { KubeletDenial } from '../denial.ts';
import {
  type MissingPermission,
  permissionForCaller,
  permissionForKubeletClient,
  permissionForPath,
  permissionInText,
  tokensNeed,
} from '../missing-permission.ts';
import { type Clues, nextAlone, type WrittenCause } from './cause-entry.ts';
import {
  checkCommand,
  type Hop,
  kubeletLogCommand,
  type SentenceContext,
  statusCommand,
  whoami,
} from './hop.ts';
import { streamAnswer } from './stream-causes.ts';

const anonymous = 'system:anonymous';

const newKubeconfig =
  'give it a new kubelet.conf: on a control plane, kubeadm kubeconfig user --org system:nodes --client-name system:node:NAME, or a bootstrap token (kubeadm token create); then restart the kubelet';
const clientCertificateFlags = '--kubelet-client-certificate and --kubelet-client-key';
const acceptedCredentials =
  'client certificates signed by its clientCAFile, and tokens only with authentication.webhook.enabled: true in its KubeletConfiguration';

const metricsServerFault =
  'kube-apiserver is not accepted as front proxy (--requestheader-client-ca-file and --proxy-client-cert-file of kube-apiserver; binding extension-apiserver-authentication-reader of that server); no kubelet was contacted';
const metricsServerHints = [
  'kubectl get apiservices',
  'kubectl -n kube-system logs deployment/metrics-server',
];

const isNowhere = ({ hop, address }: Clues) => hop === undefined && address === undefined;
const isLogOf = (name: Clues['speaker']) => (clues: Clues) => clues.speaker === name;
// Does not match if a network error or timeout follows: the server could not check the credential, so it denied nothing.
const authenticationLog =
  /Unable to authenticate the request(?: due to an error)?(?![^\n]{0,60}(?:context canceled|context deadline|dial tcp|TLS handshake timeout|i\/o timeout))/;
const deniedLogin = (server: string) =>
  `${server} accepted no credential of a caller (401): a token is not valid there, or a client certificate has expired or is signed by another CA`;

const callerUnknown =
  'the API server accepted no credential of the caller (401), and no kubelet was contacted: a token or client certificate in the kubeconfig has expired, or belongs to another cluster';

export const authorizationCauses = {
  'no-credential-accepted': {
    rank: 200,
    layer: 'authentication',
    // An aggregated API server sent the 401 that seems to be from the API server.
    yieldsTo: ({ hop, cause }, ownHop) =>
      ownHop === 'caller-to-apiserver' &&
      hop === 'apiserver-to-aggregated-api' &&
      cause === 'no-credential-accepted',
    anchors:
      /getting credentials: |logged in to the server|Node password |provide credentials|tokenreviews|unable to authenticate|unauthorized|not authorized|resp=40[13]|bootstrap(?: kubeconfig|-kubelet[.]conf)|valid client cert\b/,
    response: (status) => status === 401,
    responses: [
      {
        text: authenticationLog,
        priority: 'first',
        when: isLogOf('kubelet'),
        hop: 'caller-or-apiserver-to-kubelet',
        sentence: deniedLogin('the kubelet'),
      },
      {
        text: authenticationLog,
        priority: 'first',
        when: isLogOf('kube-apiserver'),
        hop: 'caller-to-apiserver',
        sentence: deniedLogin('the API server'),
        hints: [statusCommand],
      },
      {
        text: authenticationLog,
        priority: 'first',
        hop: 'unknown',
        who: 'unknown',
        sentence: deniedLogin(
          'the server that wrote this log (API server, kubelet, metrics-server)',
        ),
      },
      {
        text: /\bNode password (?:rejected|validation failed)\b[^\n]{0,200}|\/v1-(?:k3s|rke2)\/[\w./-]{1,80}: 40[13] (?:Forbidden|Unauthorized)|failed to retrieve configuration from server: not authorized/,
        hop: 'kubelet-to-apiserver',
        sentence:
          'the server of k3s or RKE2 refused the node that joins: it knows a node of that name with another password (the node was reinstalled, or two hosts have one name), or does not accept its token. Until it joins, its kubelet does not start',
        remedy:
          'give the node another name (--node-name, --with-node-id), or, if it is the same node, delete the secret NODE.node-password.k3s (or .rke2) in kube-system; and check the token',
        hints: [
          'kubectl -n kube-system get secrets',
          'journalctl -u k3s-agent -u rke2-agent --since -10min',
        ],
      },
      {
        // The supervisor of k3s and RKE2 serves this path without credentials.
        text: /\/cacerts: 40[13] (?:Forbidden|Unauthorized)/,
        hop: 'kubelet-to-apiserver',
        who: 'proxy-or-aggregated-api',
        sentence:
          'what answers at the address of the server is not the supervisor of k3s or RKE2, which asks for no credential here: the address or its port leads to another server or a proxy. Until the node joins, its kubelet does not start',
        remedy:
          'correct the address of the server (K3S_URL, --server): port 6443 of k3s, 9345 of RKE2',
        hints: ['journalctl -u k3s-agent -u rke2-agent --since -10min'],
      },
      {
        text: /\btoken CA hash does not match the Cluster CA certificate hash\b[^\n"]{0,200}/,
        hop: 'kubelet-to-apiserver',
        who: 'client',
        sentence:
          'the agent of k3s or RKE2 refused the server that it was to join: the token names another CA than the server has (it was reinstalled, or the address leads to another cluster). Until the node joins, its kubelet does not start',
        remedy:
          'join with the token of that server (node-token in /var/lib/rancher/k3s/server or /var/lib/rancher/rke2/server)',
        hints: ['journalctl -u k3s-agent -u rke2-agent --since -10min'],
      },
      {
        text: /\bgetting credentials: (?:exec|decoding)[ :][^\n"]{1,200}/,
        hop: 'caller-to-apiserver',
        who: 'client',
        sentence:
          'the program that the kubeconfig names for credentials (exec) failed on the host of the caller, or is not installed there: no request was sent',
        remedy: 'install that program, log in with it, or run it by hand to see why it fails',
        hints: ['kubectl config view --minify'],
      },
      {
        // Only the API server denies in these words; a kubelet's denial contains `unable to upgrade connection`.
        text: /\berror upgrading connection: Unauthorized\b/,
        hop: 'caller-to-apiserver',
      },
      {
        text: /unable to upgrade connection: Unauthorized/,
        when: (clues) => clues.hop === 'caller-to-kubelet' && clues.speaker === 'curl',
      },
      { text: /unable to upgrade connection: Unauthorized/, hop: 'apiserver-to-kubelet' },
      {
        // If the API server itself sent the 401, kubectl prints a verb: `(get pods)`. If a kubelet sent it, kubectl prints no verb.
        text: /client to provide credentials ?\((?: ?(?:pods\/log|nodes)| pods)\b[^)]{0,300}/,
        hop: 'apiserver-to-kubelet',
      },
      {
        // The part in parentheses is optional, because a pager may have cut it off.
        text: /client to provide credentials(?: \((?!pods\/|nodes)[^)]{0,300}\)?)?/,
        when: isLogOf('kubelet'),
        hop: 'kubelet-to-apiserver',
      },
      {
        text: /"HTTP" verb="[A-Z]{1,10}" URI="[^"]{0,600}".{0,600}? resp=401\b/,
        when: isLogOf('kubelet'),
        hop: 'caller-or-apiserver-to-kubelet',
        sentence: deniedLogin('the kubelet'),
      },
      {
        text: /\b401 Client Error: Unauthorized for url: https:|HTTP response code: 401 for URL: https:/,
        when: ({ hop }) => hop === 'caller-to-apiserver',
        hop: 'caller-to-apiserver',
      },
      {
        text: /logged in to the server \(Unauthorized\)|client to provide credentials \((?:get|post|put|patch|delete|list|watch) [^)]{0,300}\)|"kind": ?"Status".{0,400}?"message": ?"Unauthorized"|"message": ?"Unauthorized", ?"reason": ?"Unauthorized"/,
        hop: 'caller-to-apiserver',
      },
      {
        ...streamAnswer('401'),
        sentence: `the request for a stream (exec, attach or port-forward) was answered with 401, by the API server, which accepted no credential of the caller, or by a kubelet, which accepted none of kube-apiserver: that if kubectl auth whoami works with the same credential`,
        hints: [whoami, statusCommand],
      },
      {
        text: /request cluster info, will try again: \[?Unauthorized|validate the identity of the API Server: Unauthorized/,
        hop: 'caller-to-apiserver',
        sentence:
          'kubeadm join asks for cluster-info without credentials, and the API server, or a proxy before it, accepts no such request (401); no kubelet was contacted',
        remedy:
          'allow anonymous requests to the API server (--anonymous-auth), or join with --discovery-file',
        hints: ['kubectl -n kube-public get configmap cluster-info'],
      },
      {
        text: /the server has asked for the client to provide credentials/,
        hop: 'caller-to-apiserver',
        sentence: `${callerUnknown}. If kubectl auth whoami works, it was a kubelet that accepted no credential of kube-apiserver: kubectl prints the same for both, and an expired client certificate (apiserver-kubelet-client) is kept by kube-apiserver until it is restarted, although it was renewed on disk`,
        hints: [whoami, statusCommand],
      },
      {
        text: /\b401(?: Client Error:)? ?Unauthorized|\b(?:HTTP(?: error| status)?|status code:?|status:?) ?"?401\b|\bHTTP\/[\d.]{1,3} 401\b|": 401;|^"?Unauthorized"?(?:[\w[(/~][^"\n]{0,80}[$#>%] ?)?$|receive[ds]? "?Unauthorized\b/,
        when: ({ hop }) => hop === 'caller-to-kubelet',
      },
      {
        text: /(?:^["']?|ago |DOWN |err(?:or)?="|\berror:? ["']?|\btargets?\b[^\n]{0,80}: )server returned HTTP status 401 Unauthorized["']?$/,
        when: isNowhere,
        hop: 'unknown',
        who: 'unknown',
        sentence: `Prometheus asked a target that the text does not name, and its credential was not accepted (401). A kubelet accepts ${acceptedCredentials}`,
        hints: [checkCommand('prometheus')],
      },
      {
        text: /part of the existing bootstrap client certificate (?:in \S{1,300} )?is expired/,
        hop: 'kubelet-to-apiserver',
        who: 'kubelet',
        sentence:
          'the client certificate of the kubelet for the API server has expired: it asks for another with its bootstrap kubeconfig, if that is there and valid. Until it has one, the node is NotReady and its kubelet may not start',
        remedy: `approve its request, if one is pending; otherwise ${newKubeconfig}`,
        hints: ['kubectl get csr', kubeletLogCommand],
      },
      {
        // A kubelet cannot use an expired certificate to request a new one.
        text: /currently active client certificate has expired|unable to load bootstrap kubeconfig: [^\n]{1,300}|\bbootstrap-kubelet\.conf: no such file[^\n"]{0,60}/,
        hop: 'kubelet-to-apiserver',
        who: 'kubelet',
        sentence:
          'the kubelet has no valid client certificate for the API server: the one it had has expired or is missing, and so has the bootstrap kubeconfig to get another with. Until it has one, the node is NotReady and its kubelet may not start',
        remedy: newKubeconfig,
        hints: [kubeletLogCommand, 'kubectl get csr'],
      },
      {
        text: /(?:no valid client certificate is found|since a valid client cert was found),? but the server is not responsive/,
        hop: 'kubelet-to-apiserver',
        who: 'kubelet',
        sentence:
          'the kubelet has no valid client certificate for the API server, and has not got one: the API server does not answer it, or its certificate signing request is not approved',
        hints: [kubeletLogCommand, 'kubectl get csr'],
      },
      {
        text: /(?:: |err="|"err": ?")Unauthorized\b/,
        when: isLogOf('kubelet'),
        hop: 'kubelet-to-apiserver',
      },
      {
        // Messages of fabric8's Java client, and of kubectl with -v=6.
        text: /Failure executing: [A-Z]{3,7} at: https?:\/\/\S{1,600} Message: Unauthorized\b|\bround_trippers\.go:\d{1,5}\] (?:[A-Z]{3,7} https?:\/\/\S{1,600} 401 Unauthorized in \d|"Response" [^\n]{0,400}\bstatus="401 Unauthorized")/,
        hop: 'caller-to-apiserver',
      },
      {
        // Messages of client-go about leases and leader election, whose objects only the API server serves.
        text: /\b(?:error retrieving resource lock(?: [\w./-]{1,253})?|failed to update lock(?: optimi\w{1,9})?|creating leader election record): Unauthorized\b|\b(?:list|get|watch|create|update|patch|delete|retrieve|fetch)(?:ing)? (?:the )?(?:\*v\d\w{0,8}\.[A-Z]\w{1,60}|(?:all )?(?:pods?|nodes?|services|endpoints|events|namespaces?|secrets?|configmaps?|deployments?|replicasets|leases?)(?: (?:info|list|status|"[^"\n]{1,260}"|[\w.-]{1,253}))?): Unauthorized\b/,
        when: ({ hop }) => hop === undefined || hop === 'caller-to-apiserver',
        hop: 'caller-to-apiserver',
      },
      // For sentences that a person wrote about a kubelet's URL.
      { text: /\bUnauthorized\b(?![A-Z])/, when: ({ hop }) => hop === 'caller-to-kubelet' },
      {
        text: /^"?Unauthorized"?$/,
        when: isNowhere,
        hop: 'unknown',
        who: 'unknown',
        sentence: `the server accepted no credential of the client (401). A kubelet says only this word; for the API server, kubectl prints a sentence. Called directly, a kubelet accepts ${acceptedCredentials}`,
      },
      {
        text: /\bx509: subject with cn=[^\n]{1,260}? is not in the allowed list: \[[^\]"\n]{0,600}\]?/,
        hop: 'apiserver-to-aggregated-api',
        sentence: ({ evidence = '' }) => {
          const [, name, allowed] =
            /subject with cn=(.{1,260}?) is not in the allowed list: (\[[^\]"]*\]?)/.exec(
              evidence,
            ) ?? [];
          return `the server that wrote this log, one behind an APIService such as metrics-server, does not accept the client certificate of kube-apiserver for its front proxy: its common name is "${name}", and --requestheader-allowed-names of kube-apiserver has ${allowed}. Requests that kube-apiserver passes on to that server end with 401; no kubelet was contacted`;
        },
        remedy:
          'give kube-apiserver a --proxy-client-cert-file with an allowed name; add the name to --requestheader-allowed-names only if nobody else has a certificate for it: its owner may act as any user',
        hints: [
          'kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml',
          'kubectl get apiservices',
        ],
      },
      {
        text: /failing or missing response from \S+ bad status from \S+\/metrics\.k8s\.io\/\S+ 401/,
        hop: 'apiserver-to-aggregated-api',
        sentence: `the server behind an APIService, such as metrics-server, answered kube-apiserver with 401: ${metricsServerFault}`,
        hints: metricsServerHints,
      },
    ],
    examples: ['error: unable to upgrade connection: Unauthorized', 'Unauthorized'],
    reason: 'it accepts no credential (401)',
    sentence: describeUnauthenticated,
    remedy: remedyForUnauthenticated,
    hints: (context) => {
      if (context.denial) return hintsForAnonymous(context);
      return context.hop === 'caller-to-apiserver' ? [whoami] : context.next;
    },
  },

  'kubelet-cannot-reach-apiserver': {
    rank: 210,
    layer: 'kubelet',
    // Another line says why the kubelet could not send its review.
    yieldsTo: ({ hop, component }) => hop === 'kubelet-to-apiserver' && component !== 'kubelet',
    anchors: /authorization error/,
    response: (status, body) => status === 500 && body.startsWith('Authorization error'),
    examples: ['Authorization error (user=admin, verb=get, resource=nodes, subresource=healthz)'],
    reason: 'it could not ask the API server for authorization',
    sentence:
      'the kubelet could not ask the API server whether the user is allowed: it cannot reach the API server, or is itself not allowed to create subjectaccessreviews; no permission of that user fixes it',
    remedy:
      'on the node: check the log (journalctl -u kubelet), which says whether the kubelet cannot reach the API server or lacks permission to create subjectaccessreviews',
    hints: [kubeletLogCommand, statusCommand],
  },

  forbidden: {
    rank: 220,
    layer: 'authorization',
    anchors:
      /No Object name found|no path found to object|relationship found between|admission webhook|AdmissionPolicy|at the cluster scope|cannot modify|does not allow access to the requested|exec into or attach|forbidden|kubelets deny|not allowed to modify|RBAC DENY|": [45]\d\d;|subresource ?(?:\(s\))? ?[=:]|cannot [a-z]{1,20} resource "|\b(?:an?|returns?|gets?|got) 40[13]\b/,
    response: (status) => status === 403,
    responses: [
      {
        response: (_, body) => !/Forbidden \(user=|is forbidden: User "/.test(body),
        who: 'proxy-or-aggregated-api',
        sentence:
          'something between you and the kubelet denied the request, in words of neither RBAC nor a kubelet: an admission plugin, a webhook or a proxy',
      },
      {
        // A denial in which the user name, the API group or the namespace is missing.
        text: /\bforbidden\b\W{1,5}(?:User "[^"\n]{0,300}" cannot [a-z]{1,20} resource "[^"\n]{1,100}"(?! in API)|(?!User ")[^\n"]{0,100}\bcannot [a-z]{1,20} resource "[^"\n]{1,100}")|(?<!"[^"\n]{0,260}" )\bcannot [a-z]{1,20} resource "[^"\n]{1,100}" in API group "[^"\n]{0,100}" (?:at the cluster scope|in the namespace)\b/,
        hop: 'caller-to-apiserver',
        sentence: ({ evidence = '' }) =>
          `the API server denied the caller ${/cannot .{1,130}/.exec(evidence)?.[0].replace('cannot ', '')}, and no kubelet was contacted; the text does not tell all of it`,
        hints: [whoami],
      },
      {
        text: /\bcannot exec into or attach to a (?:privileged container|container using host \w{1,10})/,
        hop: 'caller-to-apiserver',
        sentence:
          'an admission plugin of the API server (DenyEscalatingExec, of API servers before 1.21, or one like it) lets nobody run commands in a container that is privileged or uses the host; no permission is missing, no role fixes that, and no kubelet was contacted',
        remedy: 'ask who runs the cluster, or use a container with fewer privileges',
        hints: [whoami],
      },
      {
        // A denial by the feature gate AuthorizePodWebsocketUpgradeCreatePermission. It contains no reason.
        text: /\bpods "[^"\n]{1,260}" is forbidden: ?(?:"|$)/,
        hop: 'caller-to-apiserver',
        sentence:
          'the API server denied the caller a WebSocket to a pod, before it contacted a kubelet: since 1.35 exec, attach and port-forward take create beside get, on pods/exec, pods/attach and pods/portforward',
        hints: ['kubectl auth can-i create pods --subresource=exec -n NAMESPACE'],
      },
      {
        // A line of the journal that was cut off at the width of the window.
        text: /cannot create certificate signing request: (?:certificatesigningrequests\.certificates\.k8s\.io is forbidden: )?User "[\w:.-]{0,80}(?![\w:.-]|")/,
        hop: 'kubelet-to-apiserver',
        sentence:
          'the API server knows the kubelet, and denied it a certificate signing request (403); the name of the user is cut off. A kubelet that joins needs role system:node-bootstrapper, which its bootstrap token or user has by a binding',
        hints: [
          'kubectl get clusterrolebindings -o wide | grep node-bootstrapper',
          kubeletLogCommand,
        ],
      },
      {
        ...streamAnswer('403'),
        sentence:
          'the request for a stream (exec, attach or port-forward) was denied (403), and the text does not say by whom: by the API server, of which a WebSocket needs get on pods/exec, and since 1.35 create too, where SPDY, which kubectl falls back to, needs create alone; or by a kubelet, which denied kube-apiserver. The body of the answer says it',
        hints: [
          'kubectl auth can-i get pods --subresource=exec -n NAMESPACE',
          'kubectl auth can-i create pods --subresource=exec -n NAMESPACE',
          statusCommand,
        ],
      },
      {
        text: /\b403 Client Error: Forbidden for url: https:|HTTP response code: 403 for URL: https:/,
        when: ({ hop }) => hop === 'caller-to-apiserver',
        hop: 'caller-to-apiserver',
        sentence:
          'the API server knows the caller, and denied the request (403): the body of its answer says who lacks which permission, and no kubelet was contacted',
        hints: [whoami],
      },
      {
        // Denials by API servers up to 1.3. They name neither the user nor the resource.
        text: /the server does not allow access to the requested resource \((?:get|put|post|patch|delete|list|watch) [^)]{1,300}\)/,
        when: isLogOf('kubelet'),
        hop: 'kubelet-to-apiserver',
        sentence:
          'the API server knows the kubelet, and denied its request (403): its client certificate or token lacks the permission',
        hints: ['kubectl get nodes -o wide', kubeletLogCommand],
      },
      {
        text: /the server does not allow access to the requested resource \((?:get|put|post|patch|delete|list|watch) [^)]{1,300}\)/,
        hop: 'caller-to-apiserver',
        hints: [whoami],
      },
      {
        text: /(?:^|ago |DOWN |err(?:or)?="|\btargets?\b[^\n]{0,80}: )server returned HTTP status 403 Forbidden"?$/,
        when: isNowhere,
        hop: 'unknown',
        who: 'unknown',
        sentence:
          'Prometheus asked a target that the text does not name, and was denied (403). If it is a kubelet (port 10250), the service account of Prometheus needs get on nodes/metrics',
        hints: [checkCommand('prometheus')],
      },
      {
        text: /failing or missing response from \S+ bad status from \S+\/metrics\.k8s\.io\/\S+ 403/,
        hop: 'apiserver-to-aggregated-api',
        sentence: `the server behind an APIService, such as metrics-server, answered kube-apiserver with 403: ${metricsServerFault}`,
        hints: metricsServerHints,
      },
    ],
    examples: [
      'Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[proxy])',
      'nodes "node-1" is forbidden: User "dev" cannot get resource "nodes/proxy" in API group "" at the cluster scope',
    ],
    reason: 'forbidden (403)',
    sentence: describeDenial,
    remedy: (context) => {
      if (!context.denial) return '';
      if (context.denial.user === anonymous) return remedyForUnauthenticated(context);
      if (context.caller === null) return cachedDenials;
      const { never, missingRule } = permissionForDenial(context, context.denial);
      if (never !== undefined)
        return `user "${context.denial.user}" is never granted access: ${never}`;
      return missingRule ? cachedDenials : '';
    },
    hints: hintsForDenial,
  },
} as const satisfies Record<string, WrittenCause>;

const cachedDenials = `grant the missing permission; kubelets cache denials for up to ${denialTtl}: retry if access is still denied`;

export function permissionForDenial(where: Hop, denial: KubeletDenial): MissingPermission {
  if (isOfAnother(where)) return { missingRule: undefined, commands: [], warning: '' };
  if (where.hop === 'apiserver-to-kubelet') return permissionForKubeletClient(denial);
  return where.caller === undefined ? permissionInText(denial) : permissionForCaller(denial);
}

function describeUnauthenticated(context: SentenceContext): string {
  const { hop, denial } = context;
  if (denial) return describeAnonymous(context);
  switch (hop) {
    case 'apiserver-to-kubelet':
      return `the kubelet accepted no credential of kube-apiserver (401); your own login is not involved. The client certificate of kube-apiserver (--kubelet-client-certificate) is missing, has expired (kube-apiserver keeps one that was renewed on disk until it is restarted), or is not signed by the clientCAFile of the kubelet`;
    case 'caller-to-kubelet':
      return `the kubelet accepted no credential of the caller (401): it accepts ${acceptedCredentials}`;
    case 'kubelet-to-apiserver':
      return 'the API server accepted no credential of the kubelet (401): its client certificate or bootstrap token has expired, or is signed by another CA';
    case 'caller-to-apiserver':
      return callerUnknown;
    default:
      return "the kubelet rejected the credentials of the request (401), yours or, through the API server, kube-apiserver's: check its clientCAFile, and --kubelet-client-certificate of kube-apiserver, which uses an expired one until it is restarted";
  }
}

/**
 * Returns the remedy for a 401. If the client is the caller, the remedy covers both tokens and certificates, because error messages
 * seldom show which was used.
 */
function remedyForUnauthenticated({ hop, toKubelet }: SentenceContext): string {
  const authority = 'authentication.x509.clientCAFile to the CA of the client certificate';
  const ownCertificate = 'pass --kubelet-client-certificate to kube-apiserver';
  const restarted = 'in the KubeletConfiguration, and restart the kubelet';
  if (!toKubelet) return '';
  if (hop === 'apiserver-to-kubelet')
    return `if the certificate has expired, renew it and restart kube-apiserver (kubeadm certs renew apiserver-kubelet-client; restart k3s or RKE2, which renew it); otherwise set ${authority} ${restarted}; and ${ownCertificate}`;
  const either = `set authentication.webhook.enabled: true for a token, or ${authority}, ${restarted}`;
  return hop === 'caller-to-kubelet'
    ? `${either}; or go through the API server (kubectl kubeletaccess: --via apiserver), which needs no credential of the caller there`
    : `${either}; and ${ownCertificate}`;
}

const neverGranted = 'never grant permissions to anonymous users';

function describeAnonymous({ hop }: SentenceContext): string {
  const server = `kube-apiserver showed the kubelet no client certificate (${clientCertificateFlags}), or the kubelet asks for none (no clientCAFile)`;
  const caller = `the caller showed the kubelet no credential, or none that it accepts. For a token (metrics-server and Prometheus use one), webhook (token) authentication is off on that kubelet: ${tokensNeed}. A client certificate must be signed by its clientCAFile`;
  if (hop === 'apiserver-to-kubelet')
    return `${server}; your own permissions are not involved, and ${neverGranted}`;
  if (hop === 'caller-to-kubelet') return `${caller}; ${neverGranted}`;
  return `${caller}. Or ${server}; ${neverGranted}`;
}

function hintsForAnonymous({ hop, nodeWord }: SentenceContext): readonly string[] {
  return hop === 'caller-to-kubelet'
    ? [command`kubectl kubeletaccess get configz ${nodeWord} --via apiserver`]
    : [statusCommand];
}

/**
 * Whether the kubelet that the caller called directly denied another user than the caller. Also true if the caller's user name is
 * unknown.
 */
export function isOfAnother({ hop, caller, denial }: Hop): boolean {
  return (
    hop === 'caller-to-kubelet' &&
    caller !== undefined &&
    denial !== undefined &&
    denial.user !== caller &&
    denial.user !== anonymous
  );
}

function describeDenial(context: SentenceContext): string {
  const { hop, denial } = context;
  if (!denial)
    return 'the kubelet or the API server knows the user, and denied the request (403): a permission is missing';
  const { user, verb, subresources } = denial;
  if (user === anonymous) return describeAnonymous(context);
  const denied = `${verb || 'every verb (*)'} on ${formatSubresources(subresources)}`;
  if (hop === 'apiserver-to-kubelet') {
    const fallback =
      verb === 'create' && subresources.includes('proxy')
        ? '. That is exec, attach or port-forward over SPDY, which kube-apiserver speaks to kubelets before 1.36, and kubectl falls back to where a WebSocket (get) fails'
        : '';
    return permissionForKubeletClient(denial).never === undefined
      ? `the kubelet denied kube-apiserver (user "${user}") ${denied}; your own permissions are not involved${fallback}`
      : `the kubelet denied kube-apiserver ${denied}, and says that it is user "${user}"; your own permissions are not involved. Never grant permissions to that name because a kubelet says so`;
  }
  if (isOfAnother(context) && context.caller !== null)
    return `the kubelet denied ${denied} to user "${user}", but your credential names user "${context.caller}": it maps you to that name, or it lies. Never grant permissions to a name because one kubelet says so`;
  const { warning } = permissionForCaller(denial);
  const beware = warning === '' ? '' : `. Warning: ${warning}`;
  return hop === 'caller-to-kubelet'
    ? `the kubelet denied user "${user}", who${typeof context.caller === 'string' ? '' : ' by its own words'} called it directly (not kube-apiserver), ${denied}${beware}`
    : `a kubelet denied user "${user}" ${denied}: that is you if you called it directly (compare ${whoami}), otherwise it is kube-apiserver (check with ${statusCommand})${beware}`;
}

/**
 * Returns how to do without a permission for /statusz or /flagz. Kubelets do not check nodes/proxy for them, and system:kubelet-api-admin
 * has no other permission for them.
 */
function withoutGrant({ subresources }: KubeletDenial): readonly string[] {
  const [name, ...others] = subresources;
  if (others.length > 0 || (name !== 'statusz' && name !== 'configz')) return [];
  return [
    `kube-apiserver lacks nodes/${name} by default; call kubelets directly, with your own permission: --via direct`,
    ...(name === 'statusz' ? ['versions alone: kubectl get nodes'] : []),
  ];
}

function hintsForDenial(context: SentenceContext): readonly string[] {
  const { hop, denial } = context;
  if (!denial) return nextAlone(context);
  if (denial.user === anonymous) return hintsForAnonymous(context);
  if (isOfAnother(context)) {
    // If the caller's user name is unknown, the command contains the placeholder NAME.
    const named = context.caller === null ? permissionForPath(denial, 'NAME').commands : [];
    return [whoami, ...named];
  }
  const { commands, never } = permissionForDenial(context, denial);
  if (hop === 'apiserver-to-kubelet')
    return never === undefined ? [...withoutGrant(denial), ...commands] : [statusCommand];
  return hop === 'caller-to-kubelet' && never === undefined
    ? commands
    : [statusCommand, ...commands];
}
