import { kubeletAttributes } from '../authorization.ts';
import type { Cause } from '../cause.ts';
import { rightForPath } from '../missing-right.ts';
import type { Explained, ExplainedHop, Finding, Who } from './explanation.ts';
import { place, type Scene } from './locate.ts';

const status = 'kubectl kubeletaccess status';
const kubeletLog = 'journalctl -u kubelet --since -10min';

/** A form in which a status or its words come, and what it means; undefined if it means nothing here. */
interface Form {
  readonly pattern: RegExp;
  readonly explain: (match: RegExpExecArray, scene: Scene, text: string) => Explained | undefined;
}

/** Whose credential a kubelet did not accept, and why that may be. */
export const unauthorized = {
  'API server':
    'the kubelet accepted no credential of kube-apiserver (401), which is not a matter of your own login: its client certificate (--kubelet-client-certificate) is missing, expired or of another authority than the clientCAFile of the kubelet',
  caller:
    'the kubelet accepted no credential of the caller (401): it takes certificates of its clientCAFile, and tokens only with webhook authentication on (authentication.webhook.enabled: true in its KubeletConfiguration)',
};

function said(
  who: Who,
  hop: ExplainedHop,
  cause: Cause,
  why: string,
  ...commands: readonly string[]
): Explained {
  return { who, hop, cause, why, commands };
}

/** A server that verified a client certificate and did not like it tells so in its log: not a failure of its own. */
const authentication: readonly Form[] = [
  {
    pattern: /Unable to authenticate the request(?: due to an error)?/,
    explain: (_, { speaker }) => {
      const log =
        speaker === 'kubelet'
          ? 'the kubelet'
          : speaker === 'kube-apiserver'
            ? 'the API server'
            : 'the server whose log this is (API server, kubelet, metrics-server)';
      const who = { kubelet: 'kubelet', 'kube-apiserver': 'API server' } as const;
      return said(
        speaker === 'kubelet' || speaker === 'kube-apiserver' ? who[speaker] : 'not told',
        speaker === 'kubelet'
          ? 'caller or API server -> kubelet'
          : speaker === 'kube-apiserver'
            ? 'caller -> API server'
            : 'not told',
        'no credential accepted',
        `${log} accepted no credential of a caller (401): a token that is not valid there, or a client certificate that is expired or of another authority`,
        status,
      );
    },
  },
];

/** In order: the first that fits a message counts. */
const forms: readonly Form[] = [
  {
    pattern: /No agent available/i,
    explain: () =>
      said(
        'something in between',
        'API server -> konnectivity',
        'API server cannot reach node',
        'kube-apiserver reaches nodes by way of konnectivity, and no konnectivity agent is connected to its server: no kubelet was asked, and rights do not matter',
        'kubectl -n kube-system get pods -o wide -l k8s-app=konnectivity-agent',
        status,
      ),
  },
  {
    pattern:
      /dial timeout, (?:backstop|context)|(?:error dialing backend|\/containerLogs\/[^\s"]{1,600}"?): (?:rpc error: code = \w+ desc = )?(?:tunnel closed|dial closed)/,
    explain: () =>
      said(
        'something in between',
        'API server -> konnectivity',
        'API server cannot reach node',
        'kube-apiserver reaches nodes by way of konnectivity, whose server took the request, but no agent made the connection: the agent that it chose hangs, or the node is gone, overloaded or behind a firewall. Rights do not matter there',
        'kubectl -n kube-system get pods -o wide -l k8s-app=konnectivity-agent',
        'kubectl -n kube-system logs -l k8s-app=konnectivity-agent',
        status,
      ),
  },
  {
    pattern: /dial unix \S{0,200}konnectivity\S{0,200}: [^"\n]{1,100}/,
    explain: () =>
      said(
        'something in between',
        'API server -> konnectivity',
        'API server cannot reach node',
        'kube-apiserver reaches nodes by way of konnectivity, and does not reach the konnectivity server beside it: that is not running, or its socket is elsewhere (--egress-selector-config-file). No kubelet was asked, and rights do not matter',
        'kubectl -n kube-system get pods -o wide',
      ),
  },
  {
    pattern: /proxy error from \S+ while dialing (\S+), code (\d+)/,
    explain: (_, { hop }) =>
      hop === 'API server -> kubelet'
        ? said(
            'something in between',
            hop,
            'API server cannot reach node',
            'the tunnel by which kube-apiserver reaches nodes (k3s, RKE2, konnectivity) found no way to the kubelet: its agent is not connected, or an HTTP proxy is in between; no kubelet was asked, and rights do not matter',
            'kubectl get nodes -o wide',
            status,
          )
        : undefined,
  },
  {
    pattern: /no preferred addresses found; known addresses: \[[^\]]{0,500}\]/,
    explain: () =>
      said(
        'API server',
        'API server -> kubelet',
        'no address',
        'the Node object has no address of a type that kube-apiserver takes (--kubelet-preferred-address-types): it does not know where the kubelet is, and asked nobody',
        "kubectl get nodes -o custom-columns='NAME:.metadata.name,ADDRESSES:.status.addresses'",
        status,
      ),
  },
  {
    pattern: /no address matched types \[[^\]]{0,200}\]/,
    explain: () =>
      said(
        'client',
        'caller -> kubelet',
        'no address',
        'the Node object has no address of a type that metrics-server takes (its --kubelet-preferred-address-types): it asked nobody',
        "kubectl get nodes -o custom-columns='NAME:.metadata.name,ADDRESSES:.status.addresses'",
      ),
  },
  {
    pattern: /Debug endpoints are disabled\.|(?:logs|profiling|flags) endpoint is disabled\./,
    explain: (_, { hop }) => said('kubelet', toKubelet(hop), 'switched off', switchedOff, status),
  },
  {
    pattern: /the server does not allow this method on the requested resource ?\( (?:pods|nodes)/,
    explain: () => said('kubelet', 'API server -> kubelet', 'switched off', switchedOff, status),
  },
  {
    pattern: /unable to upgrade connection: Unauthorized/,
    explain: () =>
      said(
        'kubelet',
        'API server -> kubelet',
        'no credential accepted',
        unauthorized['API server'],
        status,
      ),
  },
  {
    // The API server puts no verb before the object when it hands on what a kubelet said.
    pattern: /client to provide credentials ?\( ?(?:pods\/log|nodes)\b[^)]*/,
    explain: () =>
      said(
        'kubelet',
        'API server -> kubelet',
        'no credential accepted',
        unauthorized['API server'],
        status,
      ),
  },
  {
    pattern:
      /logged in to the server \(Unauthorized\)|client to provide credentials \((?:get|post|put|patch|delete|list|watch) [^)]*\)|"message": ?"Unauthorized"/,
    explain: () =>
      said(
        'API server',
        'caller -> API server',
        'no credential accepted',
        callerUnknown,
        'kubectl auth whoami',
      ),
  },
  {
    pattern: /the server has asked for the client to provide credentials/,
    explain: () =>
      said(
        'API server',
        'caller -> API server',
        'no credential accepted',
        `${callerUnknown}. If kubectl auth whoami works, it was a kubelet that accepted no credential of kube-apiserver: kubectl tells both alike`,
        'kubectl auth whoami',
        status,
      ),
  },
  {
    pattern: /\b(401|403)\b(?: Client Error:)? ?(?:Unauthorized|Forbidden)/,
    explain: explainStatus,
  },
  {
    pattern: /: Unauthorized\b/,
    explain: (_, { speaker, hop }) =>
      speaker === 'kubelet'
        ? said(
            'API server',
            'kubelet -> API server',
            'no credential accepted',
            'the API server accepted no credential of the kubelet (401): its client certificate or bootstrap token has expired or is of another authority',
            kubeletLog,
          )
        : hop === 'caller -> kubelet'
          ? said('kubelet', hop, 'no credential accepted', unauthorized.caller, status)
          : undefined,
  },
  {
    pattern: /^"?Unauthorized"?$/,
    explain: () =>
      said(
        'not told',
        'not told',
        'no credential accepted',
        'whoever answered accepted no credential of the client (401). This one word is all that a kubelet says; of the API server, kubectl makes a sentence. Called directly, a kubelet takes certificates of its clientCAFile, and tokens only with webhook authentication on',
        status,
      ),
  },
  {
    pattern:
      /unable to handle the request \((?:get|list) \w+\.metrics\.k8s\.io[^)]*\)|Metrics API not available/,
    explain: () =>
      said(
        'something in between',
        'API server -> aggregated API',
        'server error',
        'the metrics API, which metrics-server serves behind the API server, is not installed or not ready: kubectl top asks it, not kubelets, and why it is not ready stands in its log',
        'kubectl get apiservice v1beta1.metrics.k8s.io',
        'kubectl -n kube-system logs deployment/metrics-server',
      ),
  },
  {
    pattern: /the server is currently unable to handle the request(?: \([^)]*\))?/,
    explain: (_, { hop }) =>
      said(
        'something in between',
        hop === 'API server -> kubelet' ? hop : 'not told',
        'server error',
        'the API server answered 503: something behind it, an aggregated API or a node, did not serve. Nobody was asked about rights',
        'kubectl get apiservices',
        status,
      ),
  },
  {
    pattern: /the server could not find the requested resource ?\( pods\/log/,
    explain: () =>
      said(
        'kubelet',
        'API server -> kubelet',
        'not found',
        'the kubelet does not know that pod or container (404): it may just have been deleted, or the address of the Node object belongs to another node',
        'kubectl get pods -o wide',
        status,
      ),
  },
  {
    pattern:
      /unable to upgrade connection: (?:pod does not exist|pod not found|container not found \("[^"]{0,260}"\))/,
    explain: ([words = '']) =>
      said(
        'kubelet',
        'API server -> kubelet',
        'not found',
        words.includes('pod')
          ? 'the kubelet does not know that pod: it may just have been deleted, or the address of the Node object is that of another machine (--node-ip of the kubelet). Nothing was refused'
          : 'the kubelet has no such container running in that pod: it may have ended or not begun. Nothing was refused',
        words.includes('pod') ? 'kubectl get nodes -o wide' : 'kubectl get pods -o wide',
      ),
  },
  {
    pattern:
      /(?:(?:unable to upgrade|error upgrading) connection|Error from server \(BadRequest\)): Upgrade request required/,
    explain: () =>
      said(
        'something in between',
        'caller -> API server',
        'proxy failed',
        'a proxy or load balancer before the API server took the Upgrade header out of the request, without which there is no exec, attach or port-forward: nothing was refused',
        'kubectl cluster-info',
      ),
  },
  {
    pattern: /unable to upgrade connection: (?:<[!\w]|[45]\d\d [A-Z])[^\n"]{0,80}/,
    explain: () =>
      said(
        'something in between',
        'not told',
        'proxy failed',
        'no kubelet and no API server answers like that: a proxy or load balancer stands before the API server, or between it and the kubelet, and answered in their place',
        'kubectl cluster-info',
        status,
      ),
  },
  {
    pattern:
      /received too many requests and has asked us to try again later \( ?(?:pods\/|nodes)[^)]*/,
    explain: () =>
      said(
        'something in between',
        'API server -> kubelet',
        'server error',
        'the API server was answered 429 where it asked the kubelet: kubelets have no such answer, so that it is something in between which limits requests. Nobody was asked about rights',
        status,
      ),
  },
  {
    pattern:
      /an error on the server \("([^"]{0,300})"\) has prevented the request from succeeding \( ?pods\/\w+ [^)]*/,
    explain: () =>
      said(
        'not told',
        'API server -> kubelet',
        'server error',
        'the kubelet, or something that answered in its place, failed at what kube-apiserver asked of it: nobody refused anything, and rights do not matter',
        'kubectl get pods -o wide',
        kubeletLog,
      ),
  },
  {
    pattern: /failing or missing response from \S+ bad status from \S+ ([1-5]\d\d)/,
    explain: ([, code = '']) =>
      said(
        'something in between',
        'API server -> aggregated API',
        code === '401' ? 'no credential accepted' : code === '403' ? 'forbidden' : 'server error',
        code === '401' || code === '403'
          ? `the server behind an APIService, such as metrics-server, answered kube-apiserver with ${code}: it does not take kube-apiserver for the front proxy (--requestheader-client-ca-file and --proxy-client-cert-file of kube-apiserver; binding extension-apiserver-authentication-reader of that server). No kubelet was asked`
          : `the server behind an APIService, such as metrics-server, answered kube-apiserver with ${code}: why stands in its log. No kubelet was asked`,
        'kubectl get apiservices',
        'kubectl -n kube-system logs deployment/metrics-server',
      ),
  },
  {
    pattern: /Error from server \(NotFound\): nodes "([^"]{1,260})" not found/,
    explain: ([, name = '']) =>
      said(
        'API server',
        'caller -> API server',
        'not found',
        `the API server has no Node object "${name}", so that it does not know where its kubelet is; the kubelet itself may well go on answering at its address`,
        'kubectl get nodes',
      ),
  },
  {
    // Whatever comes after it: kube-apiserver begins so when it could not connect.
    pattern: /error dialing backend: [^"\n]{1,200}/,
    explain: () =>
      said(
        'not told',
        'API server -> kubelet',
        'API server cannot reach node',
        'kube-apiserver could not connect to the kubelet, or to the tunnel by which it reaches nodes; no kubelet was asked, and rights do not matter',
        'kubectl get nodes -o wide',
        status,
      ),
  },
];

const switchedOff =
  'that is switched off in the configuration of the kubelet (enableDebuggingHandlers, enableSystemLogHandler, enableProfilingHandler or enableDebugFlagsHandler): no right opens it';
const callerUnknown =
  'the API server accepted no credential of the caller (401), so that no kubelet was asked: a token or client certificate of the kubeconfig has expired, or is of another cluster';

/** Whether it is that of a login and not of an error: looked at before all else. */
export function authenticationLogs(text: string, scene: Scene): readonly Finding[] {
  return summarize(authentication, text, scene);
}

/** What the words or the status of an answer tell, where no server told it more exactly. */
export function answers(text: string, scene: Scene): readonly Finding[] {
  return summarize(forms, text, scene);
}

function summarize(list: readonly Form[], text: string, scene: Scene): readonly Finding[] {
  for (const { pattern, explain } of list) {
    const match = pattern.exec(text);
    const explained = match ? explain(match, scene, text) : undefined;
    if (match && explained) return [{ ...explained, ...place(scene), evidence: match[0] }];
  }
  return [];
}

function toKubelet(hop: ExplainedHop | undefined): ExplainedHop {
  return hop === 'API server -> kubelet' || hop === 'caller -> kubelet'
    ? hop
    : 'caller or API server -> kubelet';
}

/** A scraper tells the status and throws away who was refused: the path tells what was. */
function explainStatus(match: RegExpExecArray, scene: Scene, text: string): Explained | undefined {
  const [, code] = match;
  const { hop, target, speaker } = scene;
  const proxied = /\/nodes\/[^\s/]+\/proxy\/(\S*)/.exec(text);
  if (proxied && code === '403')
    return said(
      'not told',
      'not told',
      'forbidden',
      'this went through the node proxy of the API server, and two may have said 403: the API server to the caller, who needs get on nodes/proxy there whatever the path, or a kubelet to kube-apiserver. The body of the answer tells; straight to the kubelet takes less',
      status,
    );
  if (hop !== 'caller -> kubelet') return undefined;
  if (code === '401')
    return said('kubelet', hop, 'no credential accepted', unauthorized.caller, status);
  const path = target.path ?? (speaker === 'metrics-server' ? '/metrics/resource' : undefined);
  if (path === undefined) return undefined;
  const attributes = kubeletAttributes(
    'GET',
    path.split('?', 1)[0] ?? path,
    Number.POSITIVE_INFINITY,
  );
  const metricsServer = speaker === 'metrics-server';
  const { missingRule, commands } = rightForPath(
    attributes,
    metricsServer ? 'serviceaccount:kube-system:metrics-server' : 'serviceaccount:NAMESPACE:NAME',
  );
  return {
    ...said(
      'kubelet',
      hop,
      'forbidden',
      `the kubelet refused a caller that came to it directly, not kube-apiserver; the text does not say who${metricsServer ? ', but metrics-server mostly is service account metrics-server of kube-system' : ''}. It lacks get on ${(missingRule?.resources ?? []).join(', ')}`,
      ...commands,
    ),
    missingRule,
  };
}
