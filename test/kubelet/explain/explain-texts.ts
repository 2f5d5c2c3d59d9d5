/**
 * Texts that servers, kubectl, scrapers and curl print, measured on real clusters or found in source code or public issues. Each text
 * has the `who; hop; cause; user; missing rule` of its explanations. The user and the missing rule may be absent.
 */
export const recognised: Readonly<Record<string, string>> = {
  'E0519 kubelet[1]: kubelet.go:2266] node "k8s-worker-02" not found':
    'kubelet; kubelet-to-apiserver; node-not-registered',
  'failed to get container status {"" ""}: rpc error: code = OutOfRange desc = EOF\nUser "system:node:n1" cannot create nodes at the cluster scope.: "unknown node for user \\"system:node:n1\\""':
    'apiserver; kubelet-to-apiserver; forbidden; system:node:n1 | kubelet; kubelet-to-container-runtime; container-runtime-failed',
  // This program's own message. A kubelet may listen on any port.
  'error: cannot reach the kubelet of node-1 at 127.0.0.1:36131: no connection within 10 s':
    'network; caller-to-kubelet; connection-timed-out',
  'Forbidden (user=facts-none, verb=get, resource=nodes, subresource(s)=[pods proxy])\n':
    'kubelet; caller-or-apiserver-to-kubelet; forbidden; facts-none; nodes/pods get',
  'error: unable to upgrade connection: Forbidden (user=Kubernetes, verb=create, resour\nce=nodes, subresource(s)=[pro\nxy])':
    'kubelet; apiserver-to-kubelet; forbidden; Kubernetes; nodes/proxy create',
  'E1112 13:11:21.984912       1 scraper.go:149] "Failed to scrape node, timeout to access kubelet" err="request failed, status: \\"403 Forbidden\\"" node="dev-1" timeout="10s"':
    'kubelet; caller-to-kubelet; forbidden; ; nodes/metrics get',
  'Forbidden (user=system:serviceaccount:monitoring:probe, verb=, resource=nodes, subresource(s)=[metrics])':
    'kubelet; caller-to-kubelet; forbidden; system:serviceaccount:monitoring:probe; nodes/metrics (all verbs)',
  'I0102 03:04:05.000000    1234 server.go:348] "Forbidden" user="jane" verb="get" resource="nodes" subresource(s)=["stats"]':
    'kubelet; caller-or-apiserver-to-kubelet; forbidden; jane; nodes/stats get',
  'unable to upgrade connection: Forbidden (user=system:anonymous, verb=create, resource=nodes, subresource=proxy)':
    'kubelet; apiserver-to-kubelet; forbidden; system:anonymous',
  'Error from server (Forbidden): Forbidden (user=system:node:master-1, verb=get, resource=nodes, subresource=proxy) ( pods/log web)':
    'kubelet; apiserver-to-kubelet; forbidden; system:node:master-1',
  'error: the kubelet of node-1 at 10.0.0.1:10250 answered GET /pods with 403: Forbidden (user=dev, verb=get, resource=nodes, subresource(s)=[pods proxy])\nmissing: get on nodes/pods or nodes/proxy for user "dev"\nhint: kubectl create clusterrole kubelet-pods:dev --verb=get --resource=nodes/pods':
    'kubelet; caller-to-kubelet; forbidden; dev; nodes/pods get',
  'error: the kubelet of node-1 through the API server answered GET /stats/summary with 403: Forbidden (user=apiserver-x, verb=get, resource=nodes, subresource(s)=[stats])':
    'kubelet; apiserver-to-kubelet; forbidden; apiserver-x; nodes/stats get',
  '* kubelets deny kube-apiserver (user "Kubernetes"); your own permissions are not involved\n  run: kubectl kubeletaccess grant':
    'kubelet; apiserver-to-kubelet; forbidden; Kubernetes; nodes/proxy get',
  'Error from server (Forbidden): nodes "n" is forbidden: User "oidc:a \\"b\\"" cannot get resource "nodes/proxy" in API group "" at the cluster scope':
    'apiserver; caller-to-apiserver; forbidden; oidc:a "b"; nodes/proxy get',
  'Error from server (Forbidden): forbidden: User "system:serviceaccount:default:p" cannot get path "/metrics"':
    'apiserver; caller-to-apiserver; forbidden; system:serviceaccount:default:p; URL /metrics get',
  '{ "kind": "Status", "message": "forbidden: User \\"system:anonymous\\" cannot get path \\"/api\\"", "reason": "Forbidden", "code": 403 }':
    'apiserver; caller-to-apiserver; forbidden; system:anonymous',
  'E0101 00:00:00.000000 1 webhook.go:253] Failed to make webhook authorizer request: subjectaccessreviews.authorization.k8s.io is forbidden: User "system:node:node-3" cannot create resource "subjectaccessreviews" in API group "authorization.k8s.io" at the cluster scope':
    'apiserver; kubelet-to-apiserver; forbidden; system:node:node-3',
  'Error from server (Forbidden): clusterroles.rbac.authorization.k8s.io "system:kube-apiserver-to-kubelet" is forbidden: user "facts-cr" (groups=["facts" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes/log"], Verbs:["*"]}\n{APIGroups:[""], Resources:["nodes/proxy"], Verbs:["*"]}':
    'apiserver; caller-to-apiserver; forbidden; facts-cr',
  'Error from server (Forbidden): admission webhook "validation.gatekeeper.sh" denied the request: [no-exec] exec is not allowed in namespace prod':
    'admission-webhook; apiserver-to-webhook; forbidden',
  "Error from server (Forbidden): clusterroles.rbac.authorization.k8s.io \"x\" is forbidden: ValidatingAdmissionPolicy 'aks-managed-block-nodes-proxy-rbac' with binding 'b' denied request: nodes/proxy is not allowed":
    'apiserver; caller-to-apiserver; forbidden',
  "The clusterroles \"x\" is invalid: : ValidatingAdmissionPolicy 'no-proxy' with binding 'everywhere' denied request: failed expression: object.rules.size() == 0":
    'apiserver; caller-to-apiserver; forbidden',
  'Error from server: error when creating "role.yaml": admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource ClusterRole//x was blocked due to the following policies \n\nno-node-proxy:\n  rule: no\n':
    'admission-webhook; apiserver-to-webhook; forbidden',
  'Error from server (InternalError): Internal error occurred: failed calling webhook "validate.kyverno.svc": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/validate?timeout=10s": dial tcp 10.96.12.4:443: connect: connection refused':
    'proxy-or-aggregated-api; apiserver-to-webhook; connection-refused',
  'Error from server (InternalError): an error on the server ("Authorization error (user=admin, verb=get, resource=nodes, subresource=healthz)") has prevented the request from succeeding':
    'kubelet; kubelet-to-apiserver; kubelet-cannot-reach-apiserver; admin',
  'Error from server (BadRequest): container "web" in pod "web-1" is waiting to start: ContainerCreating':
    'kubelet; apiserver-to-kubelet; container-not-found',
  'Error from server (BadRequest): a container name must be specified for pod web-1, choose one of: [web sidecar]':
    'client; caller-to-apiserver; container-not-found',
  'error: lost connection to pod': 'unknown; unknown; connection-cut',
  'E1207 portforward.go:413] "Unhandled Error" err="an error occurred forwarding 8080 -> 80: error forwarding port 80 to pod 0a1b, uid : exit status 1: dial tcp4 127.0.0.1:80: connect: connection refused"\nerror: lost connection to pod':
    'unknown; kubelet-to-container-runtime; container-runtime-failed',
  // An FTP server at the port.
  'Get "https://10.0.0.1:10250/metrics": net/http: HTTP/1.x transport connection broken: malformed HTTP status code "(vsFTPd"':
    'network; caller-to-kubelet; not-http',
  'Get "http://10.0.0.1:10250/metrics": net/http: HTTP/1.x transport connection broken: malformed HTTP version "RTSP/1.0"':
    'network; caller-to-kubelet; not-http',
  'error: You must be logged in to the server (the server has asked for the client to provide credentials ( pods/log tomcat-69574bf8d5-47nm7))':
    'kubelet; apiserver-to-kubelet; no-credential-accepted',
  'error: You must be logged in to the server (Unauthorized)':
    'apiserver; caller-to-apiserver; no-credential-accepted',
  'error: You must be logged in to the server (the server has asked for the client to provide credentials)':
    'apiserver; caller-to-apiserver; no-credential-accepted',
  'E0415 13:32:04.799362       1 kube_events.go:124] Failed to load events: the server has asked for the client to provide credentials (get events)':
    'apiserver; caller-to-apiserver; no-credential-accepted',
  Unauthorized: 'unknown; unknown; no-credential-accepted',
  'E0621 10:57:15.066460       1 scraper.go:149] "Failed to scrape node" err="request failed, status: \\"401 Unauthorized\\"" node="node-1"':
    'kubelet; caller-to-kubelet; no-credential-accepted',
  'E0621 10:57:15.066460       1 authentication.go:63] "Unable to authenticate the request" err="[x509: certificate signed by unknown authority, verifying certificate SN=3228, SKID=, AKID= failed: x509: certificate specifies an incompatible key usage]"':
    'unknown; unknown; no-credential-accepted',
  'Error from server: Get "https://10.0.0.1:10250/containerLogs/a/b/c": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-01-01T00:00:00Z is before 2026-06-01T00:00:00Z':
    'tls; apiserver-to-kubelet; certificate-not-yet-valid',
  'error trying to reach service: tls: failed to verify certificate: x509: certificate specifies an incompatible key usage':
    'tls; apiserver-to-kubelet; certificate-not-for-servers',
  'Error from server (BadRequest): lookup node-9 on 10.96.0.10:53: no such host':
    'network; apiserver-to-kubelet; name-does-not-resolve',
  'E0101 00:00:00.000000 1 scraper.go:149] "Failed to scrape node" err="no address matched types [InternalIP ExternalIP Hostname]" node="n1"':
    'client; caller-to-kubelet; no-address',
  'may 04 16:31:08 controller k0s[1129]: time="2025-05-04 16:31:08" level=info msg="E0504 16:31:08.864858    2010 server.go:528] \\"Failed to get a backend\\" err=\\"No agent available\\" dialID=896810405210690112" component=konnectivity stream=stderr':
    'proxy-or-aggregated-api; apiserver-to-konnectivity; apiserver-cannot-reach-node',
  'Error from server: Get https://10.1.1.1:10250/containerLogs/kube-system/metrics-server-554bcfc9cd-8nbfv/metrics-server: proxyconnect tcp: EOF':
    'proxy-or-aggregated-api; apiserver-to-kubelet; proxy-failed',
  'error: unable to upgrade connection: Debug endpoints are disabled.':
    'kubelet; apiserver-to-kubelet; switched-off',
  'Error from server (MethodNotAllowed): the server does not allow this method on the requested resource ( pods/log web)':
    'kubelet; apiserver-to-kubelet; switched-off',
  'Error from server (NotFound): the server could not find the requested resource ( pods/log web)':
    'kubelet; apiserver-to-kubelet; not-found',
  'error: error from server (NotFound): pods "web-1" not found in namespace "default"':
    'apiserver; caller-to-apiserver; not-found',
  'Error from server (NotFound): pods "web-1" not found':
    'apiserver; caller-to-apiserver; not-found',
  'Error from server (NotFound): nodes "node-3" not found':
    'apiserver; caller-to-apiserver; not-found',
  'The connection to the server localhost:8080 was refused - did you specify the right host or port?':
    'client; caller-to-apiserver; connection-refused',
  'The connection to the server 192.168.49.2:8443 was refused - did you specify the right host or port?':
    'network; caller-to-apiserver; connection-refused',
  "curl: (7) Failed to connect to 10.0.0.1 port 10250 after 0 ms: Couldn't connect to server":
    'network; caller-to-kubelet; connection-refused',
  "curl: (60) SSL: no alternative certificate subject name matches target host name '10.0.0.1'":
    'tls; unknown; name-mismatch',
  'curl: (35) error:14094438:SSL routines:ssl3_read_bytes:tlsv1 alert internal error':
    'tls; unknown; no-serving-certificate-yet',
  'error: the kubelet at 10.0.0.1:10250 answered GET /pods with 400: Client sent an HTTP request to an HTTPS server.':
    'client; caller-to-kubelet; not-http',
  'dial tcp: lookup node-1 on 10.0.0.2:53: no such host': 'network; unknown; name-does-not-resolve',
  'error: cannot reach the API server https://10.0.0.1:6443: its certificate is signed by an authority that is not trusted':
    'tls; caller-to-apiserver; untrusted-ca',
  'Error: connect ECONNREFUSED 10.0.0.1:10250\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16)':
    'network; caller-or-apiserver-to-kubelet; connection-refused',
  'error: error upgrading connection: unable to upgrade connection: pod not found ("web_default")':
    'kubelet; apiserver-to-kubelet; not-found',
  'error: error upgrading connection: Upgrade request required':
    'proxy-or-aggregated-api; caller-to-apiserver; upgrade-dropped',
  'Unable to connect to the server: remote error: tls: internal error':
    'tls; caller-to-apiserver; handshake-failed',
  'I0101 00:00:00.000000 1 round_trippers.go:632] "Response" verb="GET" url="https://10.0.0.1:6443/api/v1/nodes/n/proxy/healthz" status="403 Forbidden" milliseconds=12\nError from server (Forbidden): Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[healthz proxy])':
    'kubelet; apiserver-to-kubelet; forbidden; Kubernetes; nodes/proxy get',
  'Scrape failed target=https://10.0.0.1:6443/api/v1/nodes/n/proxy/metrics/cadvisor err="server returned HTTP status 403 Forbidden"':
    'unknown; unknown; forbidden',
  'Jan 1 00:00:00 cp-1 kube-apiserver[1234]: http: TLS handshake error from 10.0.0.9:40000: remote error: tls: unknown certificate authority':
    'tls; caller-to-apiserver; handshake-failed',
  'Error from server: dial tcp 10.0.0.1:10250: getsockopt: connection refused':
    'network; apiserver-to-kubelet; connection-refused',
  'stream logs failed Get "https://127.0.0.1:36131/containerLogs/a/b/c": x509: certificate signed by unknown authority':
    'tls; apiserver-to-kubelet; untrusted-ca',
  'Error from server (ServiceUnavailable): the server is currently unable to handle the request ( pods/log web)':
    'proxy-or-aggregated-api; apiserver-to-kubelet; server-error',
  '{"kind":"Status","message":"Forbidden (user=cp, verb=get, resource=nodes, subresource=proxy)","reason":"Forbidden","details":{"name":"web","kind":"pods/log"},"code":403}':
    'kubelet; apiserver-to-kubelet; forbidden; cp; nodes/proxy get',
  'Error from server: Get "https://node-9:10250/containerLogs/a/b/c": dial tcp 10.0.0.9:10250: i/o timeout\nForbidden (user=jane, verb=get, resource=nodes, subresource=stats)':
    'network; apiserver-to-kubelet; connection-timed-out | kubelet; caller-or-apiserver-to-kubelet; forbidden; jane; nodes/stats get',
  'Error from server: Get "https://10.0.1.5:10250/containerLogs/default/x/x": read tcp 10.0.0.1:443->10.0.1.5:10250: read: connection timed out':
    'network; apiserver-to-kubelet; no-answer',
  'E0827 11:54:44.767923       1 available_controller.go:420] v1beta1.metrics.k8s.io failed with: failing or missing response from https://10.106.168.94:443/apis/metrics.k8s.io/v1beta1: bad status from https://10.106.168.94:443/apis/metrics.k8s.io/v1beta1: 403':
    'proxy-or-aggregated-api; apiserver-to-aggregated-api; forbidden',
  'failing or missing response from https://10.0.0.9:443/apis/metrics.k8s.io/v1beta1: bad status from https://10.0.0.9:443/apis/metrics.k8s.io/v1beta1: 401':
    'proxy-or-aggregated-api; apiserver-to-aggregated-api; no-credential-accepted',
  'unable to fully collect metrics: [Get "https://a:10250/stats/summary": dial tcp: lookup a on 10.0.0.2:53: dial udp 10.0.0.2:53: connect: network is unreachable, Get "https://b:10250/stats/summary": dial tcp 10.0.0.9:10250: i/o timeout]':
    'network; caller-to-kubelet; name-does-not-resolve | network; caller-to-kubelet; connection-timed-out',
  'Error from server (Forbidden): nodes is forbidden: User "system:serviceaccount:monitoring:prometheus" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "prom" not found':
    'apiserver; caller-to-apiserver; forbidden; system:serviceaccount:monitoring:prometheus; nodes list',
  'Aug  4 15:40:42 host kubelet: E0804 15:40:42.525488    9864 kubelet_node_status.go:106] Unable to register node "n2" with API server: nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"':
    'apiserver; kubelet-to-apiserver; forbidden; system:node:n1',
  'Error from server: Get "https://10.0.0.5:10250/containerLogs/a/b/c": Not Found':
    'proxy-or-aggregated-api; apiserver-to-kubelet; proxy-failed',
  'Error from server: Get "https://10.0.0.5:10250/containerLogs/a/b/c": Bad Gateway':
    'proxy-or-aggregated-api; apiserver-to-kubelet; proxy-failed',
  'Feb 29 20:10:36 venus kubelet[162023]: E0229 20:10:36.045742  162023 kubelet_node_status.go:92] "Unable to register node with API server" err="Post \\"https://10.0.0.1:6443/api/v1/nodes\\": Forbidden" node="venus"':
    'proxy-or-aggregated-api; kubelet-to-apiserver; proxy-failed',
  'Unable to connect to the server: Service Unavailable':
    'proxy-or-aggregated-api; caller-to-apiserver; proxy-failed',
  'Error from server: error dialing backend: rpc error: code = Unknown desc = dial closed':
    'proxy-or-aggregated-api; apiserver-to-konnectivity; apiserver-cannot-reach-node',
  'Error from server: error dialing backend: dial unix /etc/kubernetes/konnectivity-server/konnectivity-server.socket: connect: no such file or directory':
    'proxy-or-aggregated-api; apiserver-to-konnectivity; apiserver-cannot-reach-node',
  'Get "https://10.0.0.26:10250/containerLogs/a/b/c": tunnel closed':
    'proxy-or-aggregated-api; apiserver-to-konnectivity; apiserver-cannot-reach-node',
  'Error from server (TooManyRequests): the server has received too many requests and has asked us to try again later ( pods/log web)':
    'proxy-or-aggregated-api; apiserver-to-kubelet; server-error',
  'Error from server (InternalError): an error on the server ("Internal Error: failed to get container status") has prevented the request from succeeding ( pods/log web)':
    'unknown; apiserver-to-kubelet; server-error',
  'error: unable to upgrade connection: <html><body><h1>Resource not found</h1></body></html>':
    'proxy-or-aggregated-api; unknown; proxy-failed',
  'error: unable to upgrade connection: 403 Forbidden':
    'proxy-or-aggregated-api; unknown; proxy-failed',
  'Error from server (BadRequest): Upgrade request required':
    'proxy-or-aggregated-api; caller-to-apiserver; upgrade-dropped',
  'Client sent an HTTP request to an HTTPS server.': 'client; unknown; not-http',
  'curl: (52) Empty reply from server': 'network; unknown; connection-cut',
  'Error from server (Forbidden): Forbidden (user=system:serviceaccount:evil:evil, verb=get, resource=nodes, subresource(s)=[proxy]) ( pods/log web)':
    'kubelet; apiserver-to-kubelet; forbidden; system:serviceaccount:evil:evil',
  'error: error upgrading connection: ': 'unknown; unknown; subprotocol-refused',
  'E1211 17:50:12.303031   12613 websocket.go:117] unable to upgrade websocket connection: websocket server finished before becoming ready':
    'kubelet; kubelet-to-container-runtime; subprotocol-refused',
  'error: Internal error occurred: error sending request: Post "http://127.0.0.1:41519/attach/shAHmNzV": dial tcp 127.0.0.1:41519: connect: connection refused':
    'kubelet; kubelet-to-container-runtime; streaming-server-unreachable',
  '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods \\"web\\" is forbidden: ","reason":"Forbidden","details":{"name":"web","kind":"pods"},"code":403}':
    'apiserver; caller-to-apiserver; forbidden',
  'Error from server (Forbidden): Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[proxy])\n ( pods/log web)\nError from server (Forbidden): Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[proxy])\n ( pods/log web-2)\nError from server: Get "https://node-9:10250/containerLogs/a/b/c": dial tcp: lookup node-9 on 10.0.0.2:53: no such host\nError from server: error dialing backend: x509: certificate signed by unknown authority':
    'network; apiserver-to-kubelet; name-does-not-resolve | tls; apiserver-to-kubelet; untrusted-ca | kubelet; apiserver-to-kubelet; forbidden; Kubernetes; nodes/proxy get',
};

/** Texts that are not explained. The keys say what each text is. */
export const notRecognised: Readonly<Record<string, string>> = {
  'a kubelet at work':
    'I0510 09:26:40.760947    1046 kubelet_node_status.go:73] "Attempting to register node" node="node-1"',
  nginx:
    '<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx/1.25.3</center>',
  'a quota':
    'Error from server (Forbidden): pods "web" is forbidden: exceeded quota: q, requested: pods=1, used: pods=5, limited: pods=5',
  'Prometheus and something else':
    'ts=2026-01-01T00:00:00Z caller=scrape.go:1400 level=debug component="scrape manager" scrape_pool=node-exporter target=http://10.0.0.1:9100/metrics msg="Scrape failed" err="server returned HTTP status 403 Forbidden"',
  git: "fatal: unable to access 'https://git.example/a.git/': The requested URL returned error: 403",
  'a port scanner at a kubelet':
    'I0921 17:10:08.336189     749 kubelet[749]: http: TLS handshake error from 127.0.0.1:56340: EOF',
  'encryption at rest':
    'Error from server (InternalError): Internal error occurred: failed to decrypt DEK: rpc error: code = Unavailable desc = connection error: dial unix /kms.sock: connect: connection refused',
  'a probe of a pod':
    'Liveness probe failed: Get "http://10.244.1.7:8080/healthz": context deadline exceeded',
  'a limit of the API server itself':
    'Error from server (TooManyRequests): the server has received too many requests and has asked us to try again later (get pods web)',
  'a longer word after the phrase of a status':
    'Get "https://10.0.1.5:10250/containerLogs/a/b/c": Not Found in the cache',
  'a denial that is cut off before the denied action':
    'Forbidden (user=Kubernetes, verb=get, resource',
};
