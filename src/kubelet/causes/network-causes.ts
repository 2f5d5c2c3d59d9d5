import {
  type Clues,
  forKubelets,
  isCadvisorPort,
  isKubeletPort,
  isReadOnlyPort,
  nextAlone,
  type Pattern,
  readOnlyHints,
  readOnlyRemedy,
  restart,
  seconds,
  type TransportFacts,
  unchecked,
  useApiServer,
  type WrittenCause,
} from './cause-entry.ts';
import { explainLogOf, type SentenceContext, statusCommand } from './hop.ts';

const addressCommand =
  "kubectl get nodes -o custom-columns='NAME:.metadata.name,ADDRESSES:.status.addresses'";

// If an HTTP proxy refuses CONNECT, Go's error contains only the text of the status. Go never reports a server's response in this
// form.
const connectAnswer =
  /(?=[A-Z])(?:(?:Get|Post|Put|Patch|Delete|Head) "?https:\/\/[^\s"]{1,500}"?|Unable to connect to the server): (?:Bad Request|Forbidden|Not Found|Method Not Allowed|Proxy Authentication Required|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Timeout)(?![\w:.]| [("\w])/;

// The DNS server does not answer. The network error is about the DNS server, not about the host in the text.
const silentResolver =
  /\blookup \S{1,260}(?: on \S{1,100}| ?(?:\.{3}|\u2026))? ?: (?:(?:(?:dial|read|write) (?:udp|tcp) \S{1,200}: )?(?:(?:connect|read|write): )?(?:i\/o timeout|connection refused|connection reset by peer|no route to host|network is unreachable|connection timed out|operation (?:was canceled|not permitted)|context deadline exceeded)|(?:dial|read|write) udp \S{1,200}: \w[\w: ]{2,60})/;

// A timeout after the connection was established.
const silentConnection =
  /\b(?:read|write) tcp \S{1,200}: (?:(?:read|write): )?(?:i\/o timeout|connection timed out)/;

// Windows writes `connection refused` in the language of its user.
const refusedByWindows =
  /connectex: [^\n"]{0,80}(?:Zielcomputer|\u62d2[\u5426\u7d55\u7edd]|ordinateur cible|equipo de destino deneg|\u043a\u043e\u043d\u0435\u0447\u043d\u044b\u0439 \u043a\u043e\u043c\u043f\u044c\u044e\u0442\u0435\u0440 \u043e\u0442\u0432\u0435\u0440\u0433|m\u00e1quina de destino as recusou|Rifiuto persistente|\uc5f0\uacb0\uc744 \uac70\ubd80|komputer docelowy aktywnie|Hedef makine etkin)/;
const unansweredByWindows =
  /connectex: [^\n"]{0,80}(?:Gegenstelle nach einer bestimmten|\u8fde\u63a5\u65b9\u5728\u4e00\u6bb5\u65f6\u95f4\u540e\u6ca1\u6709\u6b63\u786e\u7b54\u590d|\u4e00\u5b9a\u306e\u6642\u9593\u3092\u904e\u304e\u3066\u3082\u6b63\u3057\u304f\u5fdc\u7b54|\u9023\u7dda\u5c0d\u8c61\u6709\u4e00\u6bb5\u6642\u9593\u4e26\u672a\u6b63\u78ba\u56de\u61c9|parti connect\u00e9 n['\u2019]a pas r\u00e9pondu|parte conectada no respondi\u00f3|\u0442\u0440\u0435\u0431\u0443\u0435\u043c\u043e\u0435 \u0432\u0440\u0435\u043c\u044f \u043d\u0435 \u043f\u043e\u043b\u0443\u0447\u0435\u043d|componente conectado n\u00e3o respondeu|Risposta non corretta|\uad6c\uc131\uc6d0\uc73c\ub85c\ubd80\ud130 \uc751\ub2f5\uc774 \uc5c6)/;

const reach =
  'check that firewalls, security groups and routes let the client reach that port, and that the node is up';

const unresolved = ({ from, to, at }: SentenceContext) =>
  `${from} cannot resolve the name of ${to}${at}; ${unchecked}`;

const noAnswerAtAll = ({ from, to, at }: SentenceContext) =>
  `${from} got no answer from ${to}${at} in time, and how far the request came is unknown: a firewall may drop the packets, the host may be down, or ${to} may hang or be overloaded; ${unchecked}`;

const either = (...patterns: readonly RegExp[]) =>
  new RegExp(patterns.map(({ source }) => source).join('|'));

const nodesHint = ({ toKubelet, next }: SentenceContext) => [
  ...(toKubelet ? ['kubectl get nodes -o wide'] : []),
  ...next,
];

// Only the request to the API server failed, so it is unknown whether the relayed request reached the kubelet.
const isRelayed: Pattern['transport'] = (_, { hop }) => hop === 'apiserver-to-kubelet';

const isDefaultServer = ({ hop, address = '' }: Pick<Clues, 'hop' | 'address'>) =>
  hop === 'caller-to-apiserver' && /^(?:localhost|127\.0\.0\.1|\[::1\]):8080$/.test(address);

// Excludes failed calls to services, pods and webhooks, because the API server logs such failures in the same words. Webhooks such
// as cert-manager's also use port 10250.
const isOfKubelet = ({ hop, address = '' }: Pick<Clues, 'hop' | 'address'>) =>
  hop !== 'apiserver-to-webhook' &&
  hop !== 'apiserver-to-aggregated-api' &&
  !isUnusualPort(address);

const konnectivityAgents = 'kubectl -n kube-system get pods -o wide -l k8s-app=konnectivity-agent';
const lostTunnel = `kube-apiserver reaches nodes through a tunnel (OpenYurt, konnectivity), and no connection to the node came about in it: the agent on the node is not connected, or its certificate is not accepted; no kubelet was contacted, and ${unchecked}`;

const tunnelWithoutAgent = {
  sentence: `the tunnel through which kube-apiserver reaches nodes (k3s, RKE2) has no connection from the agent of that node: no kubelet was contacted, and ${unchecked}`,
  remedy:
    'on the node: check the agent (journalctl -u k3s-agent, or rke2-agent), and that it reaches every server on the port that it joined (6443, or 9345)',
} as const;

export const networkCauses = {
  'no-address': {
    rank: 10,
    layer: 'address',
    anchors:
      /address matched|dial tcp: address |has no address of type|invalid URL port|no Host in request|preferred addresses|protocol scheme|that matched types|URL cannot contain colon|valid hostname and\/or IP/,
    texts: [
      {
        text: /\bdial tcp: address \S{1,260}: [a-z ]{3,60}/,
        sentence: ({ from, to, evidence = '' }) =>
          `${from} has no valid address of ${to} (${evidence.replace('dial tcp: ', '')}), and so called nobody`,
        remedy:
          'correct the address where the client has it: its kubeconfig, its flags or the Node object',
        hints: nextAlone,
      },
      {
        text: /unsupported protocol scheme "[^"\n]{0,260}"|first path segment in URL cannot contain colon|missing protocol scheme|no Host in request URL/,
        when: ({ hop }) => hop !== undefined && hop !== 'unknown',
        sentence: ({ from, to }) =>
          `${from} has no valid URL of ${to}, and so called nobody: it must begin with https:// (or http:// for the read-only port), and name a host`,
        remedy: 'correct the URL in the settings of the client',
        hints: nextAlone,
      },
    ],
    responses: [
      {
        text: /no preferred addresses found(?:; \w{1,9} address(?:es)?: \[[^\]]{0,500}\])?/,
        hop: 'apiserver-to-kubelet',
        who: 'apiserver',
      },
      {
        text: /(?:no address matched|had no addresses that matched) types \[[^\]]{0,200}\]|node \S{1,253} has no valid hostname and\/or IP address/,
        hop: 'caller-to-kubelet',
        sentence:
          'the Node object has no address of a type that metrics-server uses (its --kubelet-preferred-address-types); no kubelet was contacted',
      },
      {
        text: /invalid URL port "[0-9a-fA-F:]{3,60}"/,
        when: ({ hop }) => hop === 'caller-to-kubelet',
        sentence: ({ from }) =>
          `${from} put the IPv6 address of the node into a URL without brackets, and so called nobody: it knows no IPv6`,
        remedy:
          'update it, or let it use other addresses (metrics-server: --kubelet-preferred-address-types=Hostname)',
      },
      { text: /node \S{1,253} has no address of type [A-Z]\w{0,40}/, hop: 'caller-to-kubelet' },
    ],
    examples: ['no preferred addresses found; known addresses: []'],
    reason: 'the Node object has no usable address',
    sentence: ({ from }) =>
      `the Node object has no address of a type that ${from} accepts (--kubelet-preferred-address-types); no kubelet was contacted`,
    remedy:
      'set --node-ip of the kubelet, or check why the cloud controller manager reports no address; if the Node has addresses of other types, add one of them to --kubelet-preferred-address-types',
    hints: ({ next }) => [addressCommand, ...next],
  },

  'proxy-failed': {
    rank: 20,
    layer: 'proxy',
    anchors:
      /proxy authentication|bad gateway|connect to proxy|HTTP Tunneling|HttpProxyError|proxy after CONNECT|proxyconnect|unsuccessful tunnel|service unavailable|the proxy (?:cannot be|answered|made no)|cluster agent (?:to connect|is )|tunnel(?: connection|ing)? failed|tunnel(?:l?ing)? (?:socket|failed|request|through)/,
    transport: ({ stage }) => stage === 'proxy',
    texts: [
      {
        priority: 'alone',
        text: /proxyconnect tcp|CONNECT tunnel failed|from proxy after CONNECT|(?:Tunnel connection|Proxy tunneling) failed|proxy tunnel request|tunneling socket could not be established|tunnel through proxy|when HTTP Tunneling|unsuccessful tunnel|ClientHttpProxyError|Could not resolve proxy|(?:Cannot|Unable to) connect to proxy|the proxy (?:cannot be reached|answered|made no connection)/,
      },
      {
        priority: 'alone',
        text: connectAnswer,
        sentence: ({ hop, from, to, at }) =>
          `something between ${from} and ${to}${at} refused the connection, and ${to} got no request: an HTTP proxy (HTTPS_PROXY)${hop === 'apiserver-to-kubelet' ? ', or a tunnel (k3s, RKE2, konnectivity) whose agent on the node is not connected' : ''}. Go reports only the status text of a proxy's answer to CONNECT`,
      },
    ],
    responses: [
      {
        text: /waiting for cluster agent to connect|[Cc]luster agent is (?:not connected|disconnected)|ClusterUnavailable 503: cluster not found/,
        hop: 'caller-to-apiserver',
        sentence:
          'Rancher reaches the API server of a cluster through a tunnel that the cluster agent opens from within, and that agent is not connected: neither the API server nor a kubelet got a request',
        remedy:
          'in the cluster: check the pods of cattle-cluster-agent, their log, and that they reach the URL of Rancher',
        hints: ['kubectl -n cattle-system logs deployment/cattle-cluster-agent'],
      },
      {
        text: /unable to upgrade connection: (?:(?:<[!\w]|[45]\d\d [A-Z])[^\n"]{0,80}|(?:Bad Request|Forbidden|Request Timeout|Misdirected Request|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Timeout)(?=\s{0,9}(?:["'.,;)]|$)))/,
        hop: 'unknown',
        sentence:
          'neither a kubelet nor an API server answers like this: a proxy or load balancer in front of the API server, or between it and the kubelet, answered instead',
        remedy: '',
        hints: ['kubectl cluster-info', statusCommand],
      },
    ],
    examples: [
      'curl: (56) CONNECT tunnel failed, response 407',
      'Unable to connect to the server: Service Unavailable',
    ],
    reason: ({ message }) => message,
    sentence: ({ from, to }) =>
      `a proxy between ${from} and ${to} failed or denied the connection; the request did not reach ${to}`,
    remedy: ({ hop, toKubelet }) =>
      hop === 'caller-to-kubelet'
        ? `the proxy comes from --kubelet-proxy-url or HTTPS_PROXY: add the nodes to NO_PROXY, or ${useApiServer}`
        : toKubelet
          ? 'add the nodes to NO_PROXY in the environment of kube-apiserver'
          : hop === 'caller-to-apiserver'
            ? 'the proxy comes from --proxy-url, from proxy-url in the kubeconfig, or from HTTPS_PROXY (HTTP_PROXY for http): correct it, or add the API server to NO_PROXY'
            : 'add the server to NO_PROXY',
  },

  'too-many-open-files': {
    rank: 28,
    layer: 'network',
    anchors: /too many open files|\bE[MN]FILE\b/,
    codes: ['EMFILE', 'ENFILE'],
    // Does not match `accept: too many open files`, the error of a server that cannot accept connections.
    texts: [{ text: /(?<!\baccept4?: )too many open files|\bE[MN]FILE\b/ }],
    examples: ['dial tcp 10.0.0.1:10250: socket: too many open files'],
    reason: 'too many open files',
    sentence: ({ from, to, at }) =>
      `${from} has reached its limit of open files (ulimit -n), and cannot connect to ${to}${at}; ${unchecked}`,
    remedy: ({ hop }) =>
      hop === 'caller-to-kubelet' || hop === 'caller-to-apiserver'
        ? 'set a higher limit (ulimit -n 4096), or call fewer nodes at once (--parallel 10)'
        : 'raise the limit of open files of the client (ulimit -n, or LimitNOFILE of its systemd service)',
  },

  'name-does-not-resolve': {
    rank: 30,
    layer: 'network',
    anchors:
      /: Try again|address associated with|bad address '|EAI_AGAIN|ENOTFOUND|lookup|Name or service not|name resolution|no such host|nodename nor servname|server misbehaving|suitable address|temporarily unavailable|UnknownHost|resolv|\(getaddrinfo: /,
    codes: ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NONAME'],
    texts: [
      {
        text: silentResolver,
        priority: 'first',
        sentence: (context) => `${unresolved(context)}: the DNS server does not answer`,
      },
      {
        text: /no such host|lookup [\w.-]{1,253}(?: on \S{1,100})?: Try again|Temporary failure in name resolution|server misbehaving|Could not resolve host|Resolving timed out after|Name or service not|ENOTFOUND|EAI_AGAIN|: name does not resolve|: bad address '|UnknownHostException|nodename nor servname|No address associated with hostname|failed to lookup address information|No such host is known|\(getaddrinfo: [^)\n]{3,80}\)|no suitable address found|Resource temporarily unavailable \(/,
      },
      {
        // Any other error of name resolution, or one that is cut off.
        priority: 'last',
        text: /\bdial tcp: lookup [\w.-]{1,253}(?: on \S{1,100})?: \S[^"\n]{0,100}/,
      },
    ],
    examples: [
      'dial tcp: lookup node-1 on 10.0.0.2:53: no such host',
      'curl: (6) Could not resolve host: node-1',
    ],
    reason: 'name does not resolve',
    sentence: unresolved,
    remedy: ({ hop, toKubelet }) =>
      hop === 'caller-to-kubelet'
        ? `use an address that needs no DNS (--kubelet-preferred-address-types=InternalIP), add the name to DNS, or ${useApiServer}`
        : toKubelet
          ? 'let kube-apiserver prefer addresses that need no DNS (--kubelet-preferred-address-types=InternalIP,…), or add the name to its DNS'
          : '',
    hints: nodesHint,
  },

  'no-route': {
    rank: 40,
    layer: 'network',
    anchors:
      /ADDRNOTAVAIL|cannot assign requested address|EHOSTUNREACH|ENETUNREACH|host is down|network is down|not permitted|permission denied|route|(?:network|host) is unreachable|unreachable (?:network|host)/,
    codes: ['EHOSTUNREACH', 'ENETUNREACH'],
    texts: [
      {
        text: /cannot assign requested address|EADDRNOTAVAIL/,
        sentence: ({ from, to, at }) =>
          `${from} has no address and port of its own for a connection to ${to}${at}: all its local ports are in use by connections that are not closed, or it has no IPv6; ${unchecked}`,
        remedy:
          'check the connections of the client (ss -tan), and restart it if they grow; or use an IPv4 address',
      },
      {
        text: /access a socket in a way forbidden by its access permissions/,
        when: (clues) => !isDefaultServer(clues),
        who: 'client',
        sentence: ({ from, to, at }) =>
          `Windows does not let ${from} connect to ${to}${at}: its firewall or an antivirus program forbids it; ${unchecked}`,
        remedy: 'let the firewall or antivirus program of this machine allow the connection',
      },
      {
        text: /connect: (?:permission denied|operation not permitted)/,
        who: 'client',
        sentence: ({ from, to, at }) =>
          `the system of ${from} does not let it connect to ${to}${at}: a firewall or a security module (SELinux, seccomp) of that host forbids it; ${unchecked}`,
        remedy: '',
      },
      {
        text: /no route to host|(?:network|host) is unreachable|host is down|network is down|operation was attempted to an unreachable (?:network|host)|EHOSTUNREACH|ENETUNREACH|: no route$/i,
      },
    ],
    examples: ['dial tcp 10.0.0.1:10250: connect: no route to host'],
    reason: 'no route',
    sentence: ({ from, to, at }) =>
      `${from} has no route to ${to}${at}: a firewall rejects the traffic, the address or a route is wrong, or the host is down; ${unchecked}`,
    remedy: ({ hop, toKubelet }) =>
      hop === 'caller-to-kubelet' ? `${reach}; or ${useApiServer}` : toKubelet ? reach : '',
    hints: nodesHint,
  },

  'connection-timed-out': {
    rank: 50,
    layer: 'network',
    anchors:
      /timed out|connection within|ETIMEDOUT|properly respond|waiting for connection|timeout/,
    codes: ['ETIMEDOUT'],
    transport: ({ stage, code }) => stage === 'connect' && code === 'timeout',
    texts: [
      {
        text: either(
          unansweredByWindows,
          /i\/o timeout|request canceled while waiting for connection|connection timed out|Connection timed out|Timed out connecting to server|connected party did not properly respond|ETIMEDOUT|no connection within [\d.]+ s|after \d+ ms: Timeout was reached|connect timed out|Connection to \S{1,253} timed out|operation timed out(?! after)|\(tcp\) timed out|(?<=\.)ConnectTimeout\b|\bConnectTimeoutError\b/,
        ),
      },
    ],
    examples: [
      'dial tcp 10.0.0.1:10250: i/o timeout',
      'curl: (28) Failed to connect to node-1 port 10250 after 10001 ms: Timeout was reached',
    ],
    reason: ({ code }, { connectMs, dialMs = connectMs }) =>
      code === 'timeout' ? `no connection within ${seconds(dialMs)}` : 'connection timed out',
    sentence: ({ from, to, at }) =>
      `${from} got no answer from ${to}${at}: a firewall or security group drops the packets, or the host is down; ${unchecked}`,
    remedy: ({ hop, toKubelet, address = '' }) => {
      if (!toKubelet) return '';
      if (isReadOnlyPort(address))
        return `${reach}; that port is off by default, and 10250 serves the same to a credential`;
      return hop === 'caller-to-kubelet' ? `${reach}; or ${useApiServer}` : reach;
    },
    hints: nodesHint,
  },

  'read-only-port-closed': {
    rank: 55,
    layer: 'network',
    examples: ['dial tcp 10.0.0.1:10255: connect: connection refused'],
    reason: 'connection refused',
    sentence: ({ to, at, address = '' }) =>
      isCadvisorPort(address)
        ? `the port of cAdvisor in ${to}${at} is closed: only kubelets before 1.12 have it, and serve it without authentication. What it had is at /metrics/cadvisor of port 10250; ${unchecked}`
        : `the read-only port of ${to}${at} is closed: it is off by default, and serves without authentication; ${unchecked}`,
    remedy: readOnlyRemedy,
    hints: readOnlyHints,
  },

  'connection-refused': {
    rank: 60,
    layer: 'network',
    anchors:
      /connectex: |ECONN|Errno 111|refused|failed to connect to |dial tcp [^\s"]{1,260}:\d{1,5}:/,
    codes: ['ECONNREFUSED'],
    texts: [
      {
        text: /connection refused|actively refused|ECONNREFUSED|[Ff]ailed to connect to \S+ port 1035\d\b/,
        when: ({ address = '' }) => /:1035\d$/.test(address),
        sentence: ({ from, at }) =>
          `${from} reached the host${at}, but the connection was refused: that port is KubeEdge's, whose edgecore listens on its own host alone. Requests to edge nodes must go to its cloudcore instead, through a tunnel; ${unchecked}`,
        remedy:
          'enable cloudStream of cloudcore and edgeStream of edgecore, and let the hosts of the API server send that port to cloudcore (iptables, port 10003)',
        hints: ['kubectl -n kubeedge get pods -o wide', statusCommand],
      },
      {
        text: either(
          refusedByWindows,
          /connection refused|actively refused|ECONNREFUSED|The connection to the server \S+ was refused|forbidden by its access permissions/,
        ),
        when: isDefaultServer,
        transport: (_, { hop, address }) => isDefaultServer({ hop, address }),
        who: 'client',
        sentence:
          'kubectl has no kubeconfig and uses its default address, where nothing listens; no server denied anything',
        remedy: 'set KUBECONFIG, or pass --kubeconfig FILE',
        hints: ['kubectl config current-context', 'echo "$KUBECONFIG"'],
      },
      {
        text: either(
          refusedByWindows,
          /connection refused|actively refused|ECONNREFUSED|Errno 111\b|The connection to the server \S+ was refused|[Ff]ailed to connect to \S+ port \d{1,5}[^:]{0,100}: (?:Connection refused|Couldn't connect to server|Could not connect to server)/,
        ),
      },
    ],
    examples: [
      'dial tcp 10.0.0.1:10250: connect: connection refused',
      "curl: (7) Failed to connect to 10.0.0.1 port 10250 after 0 ms: Couldn't connect to server",
    ],
    reason: 'connection refused',
    sentence: ({ from, to, at, hop, address = '' }) =>
      hop === 'apiserver-to-kubelet' && isUnusualPort(address)
        ? `${from} reached the host${at}, but the connection was refused: a firewall rejects it, or nothing listens there. That is not the usual port of kubelets: this one has another, or sent kube-apiserver on to the streaming server of its container runtime; ${unchecked}`
        : `${from} reached the host${at}, but the connection was refused: ${to} is stopped or listens on another port, or a firewall rejects the connection; ${unchecked}`,
    remedy: ({ hop, toKubelet }) =>
      toKubelet
        ? 'check that the firewall of the node lets the client reach that port; on the node, check whether the kubelet runs (systemctl status kubelet), and explain the end of its log; start it if it is stopped'
        : hop === 'caller-to-apiserver'
          ? 'check that the API server is up, and that its address is right'
          : '',
    hints: (context) => [...(context.toKubelet ? [explainLogOf(context)] : []), ...context.next],
    becomes: ({ port }) => {
      // The port of the health check of a kubelet, which only its own host can call.
      if (port === 10_248) return 'kubelet-does-not-start';
      return port === 10_255 || port === 4194 ? 'read-only-port-closed' : undefined;
    },
  },

  'apiserver-cannot-reach-node': {
    rank: 70,
    layer: 'proxy',
    anchors:
      /cannot connect once|dial unix |Empty tunnel list|err="rpc error: code|error dialing backend|no agent available|no backend available|no tunnels available|proxy error|session|setup TLS handshake|SSH tunnels|to setup the tunnel|not an metav1\.Status|\bvpn-(?:seed|shoot)/,
    texts: [
      {
        // The dialed port differs from the port in the URL, so there is a tunnel in between. With an HTTP proxy, Go's error would
        // have other words.
        text: /https:\/\/[^\s"/]{1,260}:102(?:50|55)\/[^\s"]{0,600}"?: dial tcp \S{1,260}:(?!10250|10255)\d{1,5}: [a-z:/ ]{1,60}[a-z]/,
        when: ({ hop }) => hop === 'apiserver-to-kubelet',
        priority: 'alone',
        sentence: ({ evidence = '' }) =>
          `kube-apiserver reaches nodes through a tunnel (k3s and RKE2: --egress-selector-mode) that starts at ${/dial tcp (\S+): /.exec(evidence)?.[1]}, and cannot connect to that: no kubelet was contacted, and ${unchecked}`,
        remedy:
          'check what listens there: on a server of k3s or RKE2, its own supervisor, which must listen on 127.0.0.1 too (--bind-address)',
      },
      {
        text: /fail(?:ed)? to setup (?:the tunnel|TLS handshake through the Tunnel)/i,
        priority: 'alone',
        sentence: lostTunnel,
      },
    ],
    responses: [
      {
        // Ports at which servers of tunnels listen: konnectivity (8132, as of k0s) and others (9443).
        text: /error dialing backend: dial tcp \S{1,260}:(?:8132|9443): [^"\n]{1,100}/,
        hop: 'apiserver-to-konnectivity',
        sentence: ({ evidence = '' }) =>
          `kube-apiserver reaches nodes through a tunnel (konnectivity), and cannot connect to the server of it (${/dial tcp (\S+): /.exec(evidence)?.[1]}): no kubelet was contacted, and ${unchecked}`,
        remedy:
          'check that the server of the tunnel runs, and that kube-apiserver reaches it (--egress-selector-config-file)',
        hints: [konnectivityAgents, statusCommand],
      },
      {
        // Requires another word about a tunnel nearby, because other programs have agents, too.
        text: /^"?No agent available\W{0,3}$|(?:Error from server|dialing backend|trying to reach service|\/(?:containerLogs|exec|attach|portForward)\/|konnectivity|tunnel|\bdials?\b)[^\n]{0,600}?No agent available|No agent available(?=[^\n]{0,300}(?:dialing backend|konnectivity))/i,
        hop: 'apiserver-to-konnectivity',
        sentence: `kube-apiserver reaches nodes through konnectivity, and no konnectivity agent is connected to its server: no kubelet was contacted, and ${unchecked}`,
        hints: [konnectivityAgents, statusCommand],
      },
      {
        text: /dial timeout, (?:backstop|context)|(?:error dialing backend|\/containerLogs\/[^\s"]{1,600}"?): (?:rpc error: code = \w+ desc = )?(?:tunnel closed|dial closed|dial timeout)/,
        hop: 'apiserver-to-konnectivity',
        sentence: `kube-apiserver reaches nodes through konnectivity: its server accepted the request, but no agent made the connection. The chosen agent hangs, or the node is gone, overloaded or behind a firewall; ${unchecked}`,
        hints: [
          konnectivityAgents,
          'kubectl -n kube-system logs -l k8s-app=konnectivity-agent',
          statusCommand,
        ],
      },
      {
        text: /"cannot connect once" err="[^\n]{1,300}|"[^"\n]{1,80}" err="rpc error: code = \w{1,30} desc = [^"\n]{1,300}"(?: serverID="[^"]{1,80}"| agentID="[^"]{1,80}"){1,2}/,
        hop: 'apiserver-to-konnectivity',
        sentence: `the konnectivity agent that wrote this log lost its connection to the konnectivity server, through which kube-apiserver reaches nodes, or could not make one: logs, exec and the node proxy fail while no agent is connected; ${unchecked}`,
        hints: [konnectivityAgents, statusCommand],
      },
      {
        text: /dial unix \S{0,200}konnectivity\S{0,200}: [^"\n]{1,100}/,
        hop: 'apiserver-to-konnectivity',
        sentence: `kube-apiserver reaches nodes through konnectivity, and cannot reach the konnectivity server next to it: the server is not running, or its socket has another path (--egress-selector-config-file); no kubelet was contacted, and ${unchecked}`,
        hints: ['kubectl -n kube-system get pods -o wide'],
      },
      {
        text: /(?:Sending HTTP 50\d response to \S{1,100}: )?failed to find Session for client (?!stv-)[\w.-]{1,253}/,
        hop: 'apiserver-to-kubelet',
        ...tunnelWithoutAgent,
      },
      {
        text: /currently no tunnels available|No backend available/,
        hop: 'apiserver-to-kubelet',
        sentence: `kube-apiserver reaches nodes through a tunnel (OpenYurt, konnectivity), and no agent of a node is connected to it: no kubelet was contacted, and ${unchecked}`,
      },
      {
        text: /No SSH tunnels currently open|\bEmpty tunnel list\b/,
        hop: 'apiserver-to-kubelet',
        sentence: `kube-apiserver reaches nodes through SSH tunnels (as of old GKE), and none is open: its key is not on the nodes, or a firewall blocks port 22; no kubelet was contacted, and ${unchecked}`,
        remedy:
          'let the control plane reach port 22 of the nodes, and keep its key in their SSH metadata',
      },
      {
        text: /\bvpn-(?:seed|shoot)[\w.-]{0,100}[:/ ][^\n"]{0,200}/,
        when: ({ hop }) => hop === 'apiserver-to-kubelet',
        sentence: `kube-apiserver reaches nodes through the VPN of Gardener, and that is not connected: no kubelet was contacted, and ${unchecked}`,
        remedy: 'check the vpn-shoot pods of the cluster, and that they reach the VPN server',
        hints: ['kubectl -n kube-system get pods -o wide -l app=vpn-shoot', statusCommand],
      },
      {
        // kube-apiserver logs only the Go type of this error.
        text: /not an metav1\.Status: &url\.Error\{Op:"\w{1,10}", URL:"[^"]{1,600}", Err:/,
        when: ({ hop }) => hop === 'apiserver-to-kubelet',
        who: 'unknown',
      },
      {
        text: /fail(?:ed)? to setup (?:the tunnel|TLS handshake through the Tunnel)/i,
        when: ({ hop }) => hop === undefined,
        hop: 'apiserver-to-kubelet',
        sentence: lostTunnel,
      },
      {
        // Message of a KubeEdge cloudcore. Each of its instances has tunnels to only some edge nodes.
        text: /can ?not find (?=[\w.-]{0,252}\d|edge|node|host)[\w.-]{1,253} session\b/i,
        hop: 'apiserver-to-kubelet',
        sentence: `kube-apiserver reaches nodes through a tunnel (KubeEdge's cloudcore), and that cloudcore has none to this node: edgeStream is off in edgecore, or kube-apiserver was led to another cloudcore than the one that the node is connected to; no kubelet was contacted, and ${unchecked}`,
        remedy:
          'set edgeStream.enable: true on the node, and check which cloudcore the port of its Node object leads to (iptables)',
      },
      {
        when: ({ hop }) => hop === 'apiserver-to-aggregated-api',
        text: /proxy error from \S{1,200} while dialing \S{1,200}(?:, code \d+)?/,
        hop: 'apiserver-to-aggregated-api',
        sentence: `the tunnel through which kube-apiserver reaches pods on other nodes (k3s, RKE2, konnectivity) cannot reach the server behind an APIService, such as metrics-server: that does not listen, or the agent of its node is not connected; no kubelet was contacted, and ${unchecked}`,
        hints: ['kubectl get apiservices', 'kubectl -n kube-system get pods -o wide'],
      },
      {
        when: isOfKubelet,
        text: /proxy error from \S{1,200} while dialing \S{1,200}(?:, code \d+)?|\/containerLogs\/[^\s"]{1,600}"?: proxy error\b/,
        hop: 'apiserver-to-kubelet',
        sentence: `the tunnel through which kube-apiserver reaches nodes (k3s, RKE2, konnectivity) cannot reach the kubelet: its agent is not connected, or an HTTP proxy is in between; no kubelet was contacted, and ${unchecked}`,
      },
      {
        // kube-apiserver writes `error dialing backend` before every error of a failed connection; this matches the errors that no
        // other pattern matches.
        text: /error dialing backend: (?!remote error\b|x509\b|tls\b)[^"\n]{1,200}/,
        when: isOfKubelet,
        hop: 'apiserver-to-kubelet',
        who: 'unknown',
      },
    ],
    examples: ['Error from server: error dialing backend: No agent available'],
    reason: 'kube-apiserver cannot reach the node',
    sentence: `kube-apiserver cannot connect to the kubelet, or to the tunnel through which it reaches nodes; no kubelet was contacted, and ${unchecked}`,
    remedy:
      'if the control plane reaches nodes through a tunnel, check it: the konnectivity agents, or the agent of k3s or RKE2 on the node; if not, check that kube-apiserver can reach the port of the kubelet',
    hints: ({ next }) => ['kubectl get nodes -o wide', ...next],
  },

  'no-answer': {
    rank: 180,
    layer: 'network',
    anchors: /answer within|cancel|context deadline|deadline exceeded|did not end|response in time/,
    transport: ({ stage, code }) =>
      code === 'timeout' && (stage === 'response' || stage === 'body'),
    texts: [
      { text: silentConnection, priority: 'first' },
      {
        text: /through the API server: (?:no answer within|its answer did not end)/,
        transport: isRelayed,
        sentence: noAnswerAtAll,
        hints: nodesHint,
      },
      {
        // A deadline may pass at any stage. Go names the stage only if it was reading the body.
        text: /context deadline (?:exceeded(?! \(Client\.Timeout or context cancellation while reading body)|e\w{0,7}(?=[>\u2026]))/,
        sentence: noAnswerAtAll,
        hints: nodesHint,
      },
      {
        // The client itself canceled its request.
        priority: 'last',
        text: /context canceled|operation was canceled/,
        sentence: ({ from, to, at }) =>
          `the request of ${from} to ${to}${at} was given up before an answer came, by the client that waited for it: it was interrupted or has ended, or its time was over; ${unchecked}`,
        remedy: '',
        hints: nodesHint,
      },
      {
        text: /context deadline exceeded|request canceled \(Client\.Timeout exceeded while awaiting headers|no answer within [\d.]+ s|its answer did not end within|timeout awaiting response headers|Read timed out|download timed out|HttpClient\.Timeout of|read operation timed out|timeout to access kubelet(?!" err="request failed)|err="request timeout"|Timed out reading data from server|Operation timed out after \d+ milliseconds/,
      },
    ],
    responses: [
      // Message of metrics-server up to 0.3.
      {
        text: /Failed to get kubelet_summary:[^\s"]{1,260} response in time/,
        hop: 'caller-to-kubelet',
      },
    ],
    examples: [
      'net/http: timeout awaiting response headers',
      'read tcp 10.0.0.9:40000->10.0.0.1:10250: i/o timeout',
    ],
    reason: ({ stage, received }, { responseMs }) =>
      stage === 'body'
        ? `its answer did not end within ${seconds(responseMs)}${amountOf(received)}`
        : `no answer within ${seconds(responseMs)}`,
    sentence: ({ from, to, at }) =>
      `${from} connected to ${to}${at}, but got no response in time: it hangs or is overloaded`,
    remedy: ({ hop, toKubelet }) =>
      hop === 'caller-to-kubelet'
        ? `${restart}; for a slow answer, set a longer limit (--timeout 5m)`
        : toKubelet
          ? restart
          : '',
  },

  'connection-cut': {
    rank: 190,
    layer: 'network',
    anchors:
      /0 bytes from|ended prematurely|Error: 'EOF'|SocketException|transport is closing|: EOF|aborted by the software|broken pipe|connection lost|lost connection|connection was cut|Empty reply from|idle connection|sent GOAWAY|socket hang up|SSL_connect SYSCALL|stream error|unexpected end of stream|unexpected EOF|disconnected|closed|reset by peer/,
    // The end of a session of port-forward, of which another message names the reason.
    yieldsTo: ({ cause }, hop) => hop === 'unknown' && cause === 'container-runtime-failed',
    transport: ({ stage, code }) =>
      stage === 'connect'
        ? code === 'ECONNRESET'
        : code !== 'timeout' && (stage === 'response' || stage === 'body'),
    texts: [
      {
        priority: 'last',
        text: /through the API server: the connection was cut/,
        transport: isRelayed,
        sentence: ({ to, at }) =>
          `the connection was cut before the API server passed on the whole answer of ${to}${at}: by the kubelet, by the API server, or by something in between`,
      },
      {
        priority: 'last',
        text: /(?<=\bError: ')EOF(?=')/,
        when: ({ hop }) => hop === 'apiserver-to-kubelet',
      },
      {
        priority: 'last',
        text: /\bwebsocket: close 1006 \(abnormal closure\): unexpected EOF/,
        sentence:
          'the connection of a stream (exec, attach, port-forward or cp) was cut between kubectl and the API server, most likely by a proxy or load balancer that ends long or idle connections; permissions are not involved',
        remedy:
          'let the proxy or load balancer keep idle connections longer, or ask the API server itself',
      },
      {
        priority: 'last',
        text: /(?<=\S: )(?:unexpected )?EOF\b|reset by peer|forcibly closed by the remote host|connection was aborted by the software|broken pipe|use of closed network connection|ECONNRESET|Empty reply from server|Remote end closed connection|client connection lost|socket hang up|unexpected end of stream on|closed before message completed|response ended prematurely|server sent GOAWAY|transport is closing|closed idle connection|stream error: stream ID \d|HTTP\/2 stream \d+ was not closed cleanly|tls: use of closed connection|SocketException: |Server disconnected|other side closed|EOF or 0 bytes from the transport|SSL_connect SYSCALL returned=5|the connection was cut/,
      },
    ],
    responses: [
      {
        text: /\blost connection to pod\b/,
        hop: 'unknown',
        who: 'unknown',
        sentence:
          'kubectl port-forward lost its session: the pod or its container runtime ended it, the kubelet or the API server restarted, or a proxy or load balancer ended an idle connection; permissions are not involved',
        remedy: 'start kubectl port-forward again',
        hints: ['kubectl get pods -o wide'],
      },
    ],
    examples: ['Get "https://10.0.0.1:10250/pods": EOF', 'curl: (52) Empty reply from server'],
    reason: ({ stage, received }) =>
      stage === 'body'
        ? `the connection was cut in the middle of the answer${amountOf(received)}`
        : 'the connection was cut before an answer came',
    sentence: ({ from, to, at }) =>
      `the connection between ${from} and ${to}${at} was cut before the whole answer arrived`,
    remedy: forKubelets(restart),
  },
} as const satisfies Record<string, WrittenCause>;

function amountOf(received: TransportFacts['received']): string {
  if (!received) return '';
  const { bytes, of } = received;
  return `, after ${of === undefined ? bytes : `${bytes} of ${of}`} bytes`;
}

function isUnusualPort(address: string): boolean {
  const port = /:(\d+)$/.exec(address)?.[1];
  return port !== undefined && !isKubeletPort(port);
}
