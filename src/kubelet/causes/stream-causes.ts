import { allowed, type Pattern, type WrittenCause } from './cause-entry.ts';
import { kubeletLogCommand, type SentenceContext } from './hop.ts';

/** The command that checks exec, attach and port-forward. A report of `status --streams` leaves it out. */
export const streamsCommand = 'kubectl kubeletaccess status --streams';
const streams = 'exec, attach and port-forward';

const podsHint = ['kubectl get pods -o wide'];
const noProgram: Pick<Pattern, 'sentence' | 'remedy' | 'hints'> = {
  sentence: `the container has no such program, and the container runtime could not start it; ${allowed}`,
  remedy: 'run a program that its image has, such as sh, or add a container that has one',
  hints: ['kubectl debug -it POD --image=busybox --target=CONTAINER'],
};
const notStarted = `the container runtime could not start the command in the container; ${allowed}`;

/** Words that clients other than kubectl write before the status of a WebSocket response. */
export const streamStatus = String.raw`Handshake status|HTTP 101 response but was '|returned status code '|status line = 'HTTP/[\d.]{1,3}|<-- (?:HTTP/[\d.]{1,3} )?|[Uu]nexpected (?:server response:|response (?:code:|status code))|failed to switch protocol:|websocket: bad handshake \((?!403)`;

/**
 * Makes the pattern for a WebSocket request that failed with this status. The client's message does not say which server answered.
 */
export function streamAnswer(status: string): Pick<Pattern, 'text' | 'when' | 'hop' | 'who'> {
  return {
    text: new RegExp(
      String.raw`(?:${streamStatus}|/pods/[^/\s]{1,253}/(?:exec|attach|portforward)\b[^\n]{0,600}?\bstatus(?: code)?:?) ?(?:${status})\b(?: [A-Z][A-Za-z ]{2,30})?`,
    ),
    when: ({ isStream }) => isStream === true,
    hop: 'unknown',
    who: 'unknown',
  };
}

/** Responses of kubelets to exec and attach in a container that does not run. */
const notRunningThere = /^container (?:not found \(|\S{1,260} not found in pod )/;

export const streamCauses = {
  'upgrade-dropped': {
    rank: 25,
    layer: 'proxy',
    anchors: /upgrade|X-Stream-Protocol-Version/,
    responses: [
      {
        // A message of the Python client. Its connect_get_... methods send no Upgrade header.
        text: /HTTP response body: [^\n]{0,400}"message": ?"Upgrade request required"/,
        hop: 'caller-to-apiserver',
        who: 'client',
        sentence: `the client asked for a stream (${streams}) as for any other answer, without the Upgrade header, or a proxy in front of the API server removed it; permissions are not involved`,
        remedy:
          'in Python, call the method by kubernetes.stream.stream(...); otherwise let the proxy or load balancer pass Upgrade and Connection headers',
      },
      {
        text: /(?:(?:unable to upgrade|error upgrading) connection|Error from server(?: \(BadRequest\))?|falling back to logs|\bdial): Upgrade request required|\bError while dialing:? Upgrade request required|["']message["'](?::| \(\d\) => string) ?["']Upgrade request required["']|\bKubernetesClientException: Upgrade request required|\[(?:fatal|error)\] Upgrade request required|\bkubectl (?:exec|attach|cp|port-forward)\b[^\n]{0,80}Upgrade request required|missing upgrade headers in request|unable to upgrade: X-Stream-Protocol-Version is required|http2: invalid Upgrade request header: \["SPDY\/3\.1"\]/,
        hop: 'caller-to-apiserver',
      },
    ],
    examples: ['error: unable to upgrade connection: Upgrade request required'],
    reason: 'Upgrade was removed from the request',
    sentence: `a proxy or load balancer removed the Upgrade header from the request, most likely one in front of the API server; ${streams} do not work without it, and permissions are not involved`,
    remedy:
      'let the proxy or load balancer pass the Upgrade and Connection headers (WebSocket support)',
    hints: [streamsCommand],
  },

  'runtime-without-tls': {
    rank: 82,
    layer: 'tls',
    texts: [
      {
        text: /server gave HTTP response to HTTPS client/,
        when: ({ hop }) => hop === 'kubelet-to-container-runtime',
        priority: 'first',
        hop: 'kubelet-to-container-runtime',
      },
    ],
    // https://github.com/k3s-io/k3s/issues/14017, https://github.com/Mirantis/cri-dockerd/issues/569
    examples: [
      'error: Internal error occurred: error sending request: Post "//127.0.0.1:10010/cri/exec/WA8Y_0-9": http: server gave HTTP response to HTTPS client',
    ],
    reason: 'the container runtime speaks no TLS',
    sentence: `for ${streams}, kubelets of 1.36 and later connect to the container runtime over TLS, but cri-dockerd serves plain HTTP; ${allowed}`,
    remedy:
      'upgrade cri-dockerd; until then, set --feature-gates=ExtendWebSocketsToKubelet=false on kube-apiserver, beside its other gates',
  },

  'subprotocol-refused': {
    rank: 225,
    layer: 'kubelet',
    anchors: /bad handshake|error upgrading connection|finished before becoming ready/,
    responses: [
      {
        text: /unable to upgrade connection: empty server response|error upgrading connection: ?$/,
        hop: 'unknown',
        who: 'unknown',
        sentence:
          'the answer to the request for a stream has no body: a kubelet or container runtime that speaks none of the subprotocols of the client answers 403 without a word, and so may a proxy. It is not a denial by RBAC or by a kubelet, which say who was denied what',
      },
      {
        // https://github.com/containerd/containerd/issues/11136
        text: /websocket: bad handshake \(403 Forbidden\)|websocket server finished before becoming ready/,
        hop: 'kubelet-to-container-runtime',
      },
    ],
    examples: [
      'error: unable to upgrade connection: empty server response',
      'unable to upgrade streaming request: websocket: bad handshake (403 Forbidden)',
    ],
    reason: 'it speaks none of the WebSocket subprotocols (403 without a body)',
    sentence: `the server supports none of the WebSocket subprotocols that the client offers, and answers 403 without a body: permissions are not involved, and ${allowed}`,
    remedy:
      'use a client that offers v5.channel.k8s.io or v4.channel.k8s.io, or SPDY: KUBECTL_REMOTE_COMMAND_WEBSOCKETS=false for kubectl, -r spdy for crictl',
    hints: [streamsCommand],
  },

  'container-not-found': {
    rank: 235,
    layer: 'kubelet',
    anchors:
      /have a host assigned|in a completed pod|is not available|is not valid for pod|is waiting to start|must be specified for pod|pod is not running/,
    response: (status, body) => status === 500 && notRunningThere.test(body),
    responses: [
      {
        text: /(?:unable to upgrade connection: |"message": ?"|KubernetesClientException: |an error on the server \("?)container not found(?: \("[^"]{0,260}"\))?/,
        hop: 'apiserver-to-kubelet',
      },
      {
        text: /unable to upgrade connection: container \S{1,260} not found in pod \S{1,520}/,
      },
      {
        text: /Error from server \(BadRequest\): container "[^"]{1,260}" in pod "[^"]{1,260}" is not available/,
        hop: 'apiserver-to-kubelet',
        sentence:
          'the kubelet has no log of that container: its pod was shut down or is about to go, and the container is removed; permissions are not involved',
      },
      {
        text: /container "[^"]{1,260}" in pod "[^"]{1,260}" is waiting to start: [^\n"]{1,100}/,
        hop: 'apiserver-to-kubelet',
        sentence:
          'the container has not started, and so the kubelet has no log of it; permissions are not involved',
        remedy: 'find out what the container waits for, such as its image or a volume',
        hints: ['kubectl describe pod POD'],
      },
      {
        text: /a container name must be specified for pod [^\s,]{1,260}/,
        hop: 'caller-to-apiserver',
        who: 'client',
        sentence:
          'the pod has several containers, and the request names none; permissions are not involved',
        remedy: 'choose one of its containers: -c NAME',
        hints: ['kubectl describe pod POD'],
      },
      {
        text: /container \S{1,260} is not valid for pod [^\s"]{1,260}/,
        hop: 'caller-to-apiserver',
        who: 'client',
        sentence: 'the pod has no container of that name; permissions are not involved',
        remedy: 'choose one of its containers: -c NAME',
        hints: ['kubectl describe pod POD'],
      },
      {
        text: /cannot (?:exec into|attach) a container in a completed pod; current phase is \w{1,20}|unable to forward port because pod is not running\. Current status=\w{1,20}/,
        hop: 'caller-to-apiserver',
        who: 'client',
        sentence:
          'the pod does not run: kubectl asked no kubelet, and permissions are not involved',
      },
      {
        text: /pod \S{1,260} does not have a host assigned/,
        hop: 'caller-to-apiserver',
        who: 'apiserver',
        sentence:
          'the pod is not assigned to a node, and so no kubelet was contacted; permissions are not involved',
        remedy: '',
        hints: ['kubectl describe pod POD'],
      },
    ],
    examples: [
      'error: unable to upgrade connection: container not found ("web")',
      'error: cannot exec into a container in a completed pod; current phase is Succeeded',
    ],
    reason: 'the container does not run',
    sentence:
      'the kubelet has no such running container in that pod: it may have stopped, or may not have started; permissions are not involved',
    remedy: 'check the name of the container; wait until it runs, or recreate the pod',
    hints: podsHint,
  },

  'container-runtime-failed': {
    rank: 264,
    layer: 'kubelet',
    anchors:
      /Error while proxying request|create port-forward |error forwarding port|executing command in container|failed to dial |get container status|invalid Host header|OCI runtime exec failed|runtime error: exec failed|unable to retrieve container logs|error creating (?:error|forwarding) stream/,
    responses: [
      {
        text: /(?:dial unix|failed to dial) "?\/[^\s"]{0,200}(?:containerd|crio|docker)[^\s"]{0,60}\.sock"?[:-] ?[^\n"]{1,100}/,
        when: ({ hop }) => hop === 'apiserver-to-kubelet',
        hop: 'kubelet-to-container-runtime',
        sentence: `on the node, nothing answers at the socket of the container runtime: it is stopped or hangs, or has its socket elsewhere; ${allowed}`,
        remedy:
          'on the node: check the container runtime (systemctl status containerd, crio or docker), and restart it if it hangs',
      },
      {
        text: /error executing command in container: [^\n]{0,400}?\b(?:executable file not found in \$PATH|no such file or directory)/,
        hop: 'kubelet-to-container-runtime',
        ...noProgram,
      },
      {
        text: /error executing command in container: (?!http: |Unauthorized|Forbidden)[^\n]{1,300}/,
        hop: 'kubelet-to-container-runtime',
        sentence: notStarted,
      },
      {
        text: /(?:OCI runtime exec failed|oci runtime error: exec failed): [^\n]{0,600}?\b(?:executable file not found in \$PATH|no such file or directory)/,
        when: ({ isStream }) => isStream === true,
        hop: 'kubelet-to-container-runtime',
        ...noProgram,
      },
      {
        text: /(?:OCI runtime exec failed|oci runtime error: exec failed): [^\n]{1,300}/,
        when: ({ isStream }) => isStream === true,
        hop: 'kubelet-to-container-runtime',
        sentence: notStarted,
      },
      {
        text: /unable to do port forwarding: \w{3,12} not found/,
        hop: 'kubelet-to-container-runtime',
        sentence: `the node lacks a program that its container runtime forwards ports with (socat, nsenter); ${allowed}`,
        remedy: 'install socat and util-linux on the node',
      },
      {
        // https://github.com/k3s-io/k3s/issues/8089
        text: /(?:command in|attaching to) container: http: invalid Host header/,
        hop: 'kubelet-to-container-runtime',
        sentence: `cri-dockerd, between the kubelet and Docker, does not fit the version of Go that it was built with, and its own request for a stream was refused: ${streams} fail, while logs and new containers work; ${allowed}`,
        remedy: 'on the node: update cri-dockerd, or k3s, which has it built in',
      },
      {
        text: /unable to retrieve container logs for [\w-]{1,30}:\/\/[\w.-]{0,100}|failed to get container status \{[^}\n]{0,200}\}: rpc error: code = \w{1,30} desc = |(?<!err=")rpc error: code = NotFound desc = an error occurred when try to find container "[0-9a-f]{12,64}": not found/,
        when: ({ speaker }) => speaker !== 'kubelet',
        hop: 'kubelet-to-container-runtime',
        sentence: `the container runtime no longer has the log of that container: it was removed, with its log; ${allowed}`,
        remedy: 'read the log of the container that runs now, or the log collector',
      },
      {
        text: /error forwarding port \d{1,5} to pod \S{1,200}, uid ?: (?:network namespace for sandbox \S{1,200} is closed|failed to find sandbox \S{1,200} in store\b|sandbox container \S{1,200} is not running)/,
        hop: 'kubelet-to-container-runtime',
        sentence: `the sandbox of that pod, to which the container runtime forwards, is gone: the pod was deleted, replaced or restarted since kubectl port-forward began; ${allowed}`,
        remedy: 'start kubectl port-forward again, to a pod that runs',
      },
      {
        text: /error forwarding port \d{1,5} to pod \S{1,200}, uid ?: [^\n]{0,400}?(?:: Connection refused|connect: connection refused|failed to (?:connect to localhost:|dial )\d{1,5}[^\n]{0,200})/,
        hop: 'kubelet-to-container-runtime',
        who: 'unknown',
        sentence: `the kubelet and the container runtime were reached, and in the pod nothing listens on that port of 127.0.0.1; ${allowed}`,
        remedy:
          'forward to a port on which a container of the pod listens, on all its addresses or on 127.0.0.1',
      },
      {
        text: /error forwarding port \d{1,5} to pod \S{1,200}, uid ?: \S[^\n]{2,300}/,
        hop: 'kubelet-to-container-runtime',
        who: 'unknown',
        sentence: `the kubelet was reached, and its container runtime could not forward the connection, or the program in the pod ended it; ${allowed}`,
      },
      {
        text: /(?:error creating (?:error|forwarding) stream for port \d{1,5} -> \d{1,5}|create port-forward (?:error|data) stream): [^\n"]{1,100}|error occurred forwarding \d{1,5} -> \d{1,5}: timed out waiting for (?:(?:data|error) )?streams?/,
        hop: 'unknown',
        who: 'unknown',
        sentence: `a forwarded connection was not accepted in time by the kubelet, its container runtime or something in between: the session that kubectl made earlier is lost or overloaded; ${allowed}`,
        remedy: 'start kubectl port-forward again',
      },
    ],
    examples: [
      'unable to retrieve container logs for containerd://0a1b2c',
      'error creating error stream for port 8080 -> 80: Timeout occurred',
    ],
    reason: 'the container runtime failed',
    sentence: `the container runtime failed to carry out the request of the kubelet; ${allowed}`,
    remedy: '',
    hints: podsHint,
  },

  'streaming-server-unreachable': {
    rank: 262,
    layer: 'kubelet',
    texts: [
      {
        text: /(?:Post "?(?:https?:)?\/\/\S{1,300}"?: |error dialing backend: )?dial tcp (?:127\.0\.0\.1|\[::1?\]):\d{1,5}: [^"\n]{1,100}/,
        when: ({ hop }) => hop === 'kubelet-to-container-runtime',
        priority: 'first',
        hop: 'kubelet-to-container-runtime',
      },
    ],
    examples: [
      'error: Internal error occurred: error sending request: Post "http://127.0.0.1:41519/exec/l0KRuyGZ": dial tcp 127.0.0.1:41519: connect: connection refused',
      'error: unable to upgrade connection: error dialing backend: dial tcp 127.0.0.1:41519: connect: connection refused',
    ],
    reason: 'the kubelet cannot reach the streaming server of the container runtime',
    sentence: ({ at }: SentenceContext) =>
      `the kubelet cannot connect to the streaming server of the container runtime${at}, on its own node: ${streams} fail; logs and new containers work; ${allowed}`,
    remedy:
      "on the node: check the log of the container runtime (journalctl -u containerd, or crio), its stream_server_address and stream_server_port, and the node's own firewall",
    hints: ['kubectl get nodes -o wide', kubeletLogCommand],
  },
} as const satisfies Record<string, WrittenCause>;
