import * as assert from 'uvu/assert';
import { explain } from '../../../src/kubelet/explain/explain.ts';
import type { Explanation } from '../../../src/kubelet/explain/explanation.ts';
import { suite } from '../../kit/suite.ts';

/**
 * Texts with wordings, or from clients and sources, that `explain-texts.ts` and `pasted-texts.ts` do not have. They are grouped by
 * the `who; hop; cause; first command` of their explanations. A dash means that there is no command.
 */
const families: Readonly<Record<string, readonly string[]>> = {
  '': [
    "our chat client, on each reconnect:\n\njava.net.ProtocolException: Expected HTTP 101 response but was '400 Bad Request'\n\tat okhttp3.internal.ws.RealWebSocket.checkResponse(RealWebSocket.java:219)",
    'kubelets\nEndpoint\tState\tLabels\tLast Scrape\tError\nhttps://10.0.0.8:9100/metrics\nUP\tinstance="n2"\t2.0s ago\t\nhttps://10.0.0.7:9100/metrics\nDOWN\tinstance="10.0.0.7:9100" job="kubelet"\t11.63s ago\tcontext deadline exceeded',
    'The registry answered 401 Unauthorized, says the kubelet',
    'kube-state-metrics \u7684 target \u62a5\u9519\uff1a\u201cserver returned HTTP status 401 Unauthorized\u201c\u3002',
    'fatal: [localhost]: FAILED! => {"changed": false, "msg": "Failed to execute  web due to : (0)\\nHandshake status 500 Internal Server Error\\n"}',
    'level=error msg="websocket: close 1006 unexpected EOF"',
    'failed to connect to the feed: websocket: bad handshake (503 Service Unavailable)',
    '$ curl -k https://10.0.0.7:10250/pods\n# 401 Unauthorized = anonymous requests are off',
    'Client error: `GET http://10.0.0.7:9100/metrics` resulted in a `403 Forbidden` response',
    '$ curl -k https://10.0.0.7:3000/stats/summary\ncurl: (7) Failed to connect to 10.0.0.9 port 3000: Connection refused',
    'kubectl exec web -- ls\nError from server: error dialing backend: dial tcp 10.0.0.7:443: connect: connection refused',
    "The proxy tunnel request to proxy 'http://proxy.example:3128/' failed with status code '403'. https://10.0.0.7:10250/metrics",
    'time="2022-06-07T08:15:32Z" level=info msg="Proxy done" err="context canceled" url="wss://192.168.62.110:8443/v1-k3s/connect"',
    'System.Net.Http.HttpRequestException: Response status code does not indicate success: 405 (Method Not Allowed).\n   at shop.Get() https://10.0.0.7:8443/orders',
    '2023/03/20 09:12:15 [error] 24410#24410: *28 upstream timed out (110: Operation timed out) while reading upstream, client: 10.38.0.0, server: ci.example.lan, request: "GET /api/v1/namespaces/a/pods/b/log HTTP/1.1", upstream: "http://10.32.4.6:9097/api/v1/namespaces/a/pods/b/log", host: "ci.example.lan"',
    'can not find user session',
    'parse "http://a:b:80/x": invalid URL port "b:80"',
    'docker exec -it web sh\nhttp: invalid Host header',
    "$ curl -sk -o /dev/null -w '%{http_code}' http://10.0.0.7:9100/metrics\n401",
    'error: Internal error occurred: error executing command in container: Forbidden',
    'connection read failure err="write tcp 10.68.0.7:10250->10.0.0.7:42272: write: broken pipe"',
    'rpc error: code = Unavailable desc = transport: failed to dial "/var/run/dockershim.sock"- i/o timeout',
    "Error: 'dial tcp 10.1.0.9:8443: connect: connection refused'\nTrying to reach: 'https://10.1.0.9:8443/'",
    'Sec-WebSocket-Protocol: v4.channel.chat.io\nUpgrade: websocket\n--> END GET\n\n<-- HTTP/1.1 403 Forbidden (62ms)\nAudit-Id: 815889bf',
    'error="unexpected status code returned when scraping \\"https://10.0.0.7:8443/orders\\": 400; expecting 200; response body: \\"x\\""',
    '$ curl -k https://10.0.0.1:10257/metrics\n{"kind":"Status","message":"forbidden: User \\"system:anonymous\\" cannot get path \\"/metrics\\"","code":403}',
    'warn internal/metricsbuilder.go:125 Failed to scrape Prometheus endpoint {"target_labels": "map[__name__:up instance:10.0.0.7:9100 job:node-exporter]"}',
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='10.0.0.9', port=8443): Max retries exceeded with url: /orders (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f1c>: Failed to establish a new connection: [Errno 111] Connection refused'))",
  ],
  'network; apiserver-to-aggregated-api; connection-cut; kubectl get apiservices': [
    'The APIService is not available:\nError from server: error trying to reach service: EOF',
  ],
  'network; apiserver-to-aggregated-api; connection-refused; kubectl get apiservices': [
    'time="2024-07-11T08:50:12+02:00" level=error msg="Sending HTTP 502 response to 127.0.0.1:40218: dial tcp 10.42.0.9:10250: connect: connection refused"',
  ],
  'network; apiserver-to-aggregated-api; connection-timed-out; kubectl get apiservices': [
    "I0528 09:33:55.009853   30112 request.go:1220] body was not decodable (unable to check for Status): Object 'Kind' is missing in 'Error: 'dial tcp 10.43.88.20:443: i/o timeout'\nTrying to reach: 'https://10.43.88.20:443/apis/metrics.k8s.io/v1beta1?timeout=32s''",
  ],
  'network; apiserver-to-aggregated-api; no-answer; kubectl get apiservices': [
    '    Message:               10.0.0.9:443/apis/metrics.k8s.io/v1beta1: Get "https://10.0.0.9:443/apis/metrics.k8s.io/v1beta1": context deadline exceeded\n    Reason:                FailedDiscoveryCheck',
  ],
  'network; apiserver-to-aggregated-api; no-route; kubectl get apiservices': [
    'no response from https://10.0.0.33:443: Get https://10.0.0.33:443: dial tcp 10.0.0.33:443: connect: no route to host',
  ],
  'proxy-or-aggregated-api; apiserver-to-aggregated-api; apiserver-cannot-reach-node; kubectl get apiservices':
    [
      'E1127 19:41:37.189402    3811 available_controller.go:460] v1beta1.metrics.k8s.io failed with: failing or missing response from https://10.42.0.7:10250/apis/metrics.k8s.io/v1beta1: Get "https://10.42.0.7:10250/apis/metrics.k8s.io/v1beta1": proxy error from 127.0.0.1:6443 while dialing 10.42.0.7:10250, code 502: 502 Bad Gateway',
    ],
  'proxy-or-aggregated-api; apiserver-to-aggregated-api; no-credential-accepted; kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml':
    [
      '{"level":"warn","msg":"x509: subject with cn=aggregator is not in the allowed list: [front-proxy-client"}',
    ],
  'proxy-or-aggregated-api; apiserver-to-aggregated-api; server-error; kubectl -n kube-system logs deployment/metrics-server':
    ['did not receive metrics for any ready pods'],
  'client; apiserver-to-kubelet; no-route; kubectl get nodes -o wide': [
    'error: error upgrading connection: error dialing backend: dial tcp 10.0.0.7:10250: connect: permission denied',
  ],
  'kubelet; apiserver-to-kubelet; server-error; kubectl get pods -o wide': [
    'failed to open log file "/var/log/pods/e0242ac2/nginx/0.log": open /var/log/pods/e0242ac2/nginx/0.log: no such file or directory',
    'failed to create fsnotify watcher: too many open files',
    'failed to try resolving symlinks in path "/var/log/pods/default_web_0a/web/0.log": lstat /var/log/pods/default_web_0a/web/0.log: no such file or directory',
  ],
  'network; apiserver-to-kubelet; connection-cut; kubectl kubeletaccess status': [
    "Error: 'EOF'\nTrying to reach: 'https://10.0.0.7:10250/stats/summary'",
  ],
  'network; apiserver-to-kubelet; connection-refused; ssh NODE journalctl -u kubelet -n 100 --no-pager | kubectl kubeletaccess explain -':
    [
      'oc rsh web\nError from server: error dialing backend: dial tcp 10.0.0.7:22521: connect: connection refused',
      'Error from server: ssh: rejected: connect failed (Connection refused)',
    ],
  'network; apiserver-to-kubelet; connection-timed-out; kubectl get nodes -o wide': [
    'Error from server: Get\n\nhttps://10.0.0.7:10250/containerLogs/test/web-5fbfbb4ff7-nhzhv/web?follow=true\n: dial tcp 10.0.0.7:10250: i/o timeout',
  ],
  'network; apiserver-to-kubelet; name-does-not-resolve; kubectl get nodes -o wide': [
    'oc exec web fails: dial tcp: lookup n1: no such host',
    'oc exec web fails: dial tcp: lookup <node name>: no such host',
    'oc exec web fails: dial tcp: lookup n1.example.com on 10.0.0.10:53: no such host',
  ],
  'network; apiserver-to-kubelet; no-answer; kubectl get nodes -o wide': [
    'Error from server: Get "https://10.0.0.7:10250/containerLogs/default/web/web": context canceled',
  ],
  'network; apiserver-to-kubelet; no-route; kubectl get nodes -o wide': [
    'Error from server: error dialing backend: dial tcp 10.0.0.7:10250: connect: cannot assign requested address',
  ],
  'proxy-or-aggregated-api; apiserver-to-kubelet; apiserver-cannot-reach-node; kubectl get nodes -o wide':
    [
      'Error from server: Get "https://10.0.0.7:10250/containerLogs/default/web/web": dial tcp 10.0.0.9:8132: connectex: A socket operation was attempted to an unreachable network.',
      'E0101 00:00:00.000001 1 interceptor.go:136] fail to setup the tunnel: fail to setup TLS handshake through the Tunnel: write unix @->/tmp/interceptor-proxier.sock: write: broken pipe',
      'streamserver.go:108] Failed to get container logs, err: can not find edge-7 session',
      'requests return an unhelpful "Empty tunnel list" error.',
    ],
  'tls; apiserver-to-kubelet; handshake-failed; kubectl kubeletaccess status': [
    '# Error from server: Get "https://10.0.0.7:10250/containerLogs/kube-system/web/web": net/http:\n# TLS handshake timeout\n# and so on',
  ],
  'tls; apiserver-to-kubelet; name-mismatch; kubectl kubeletaccess status': [
    'errors.go:62] apiserver received an error that is not an api.Status: x509: certificate is valid for a, b, not c',
    'kubectl logs web: x509: certificate is valid for 127.0.0.1, not 10.0.0.7',
    'error: error upgrading connection: error dialing backend: x509: certificate is valid for n1, 10.0.0.1...',
  ],
  'tls; apiserver-to-kubelet; no-serving-certificate-yet; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving':
    ['kubectl exec web: remote error: tls: internal error'],
  'tls; apiserver-to-kubelet; not-tls; kubectl kubeletaccess status': [
    'Error from server: error dialing backend: tls: oversized record received with length 20527',
  ],
  'tls; apiserver-to-kubelet; untrusted-ca; kubectl kubeletaccess status': [
    'error: error upgrading connection: error dialing backend: x509: malformed certificate',
    'error: error upgrading connection: error dialing backend: tls: failed to verify certificate: x509',
    'error: error upgrading connection: error dialing backend: x509: cannot verify signature: insecure algorithm SHA1-RSA',
  ],
  'tls; apiserver-to-kubelet; untrusted-ca; openssl s_client -connect 10.20.9.36:11250 -showcerts </dev/null':
    [
      'Post https://10.20.9.36:11250/attach/default/web/web: x509: certificate signed by unknown authority',
    ],
  'unknown; apiserver-to-kubelet; server-error; kubectl get pods -o wide': [
    'Error from server (Timeout): the server was unable to return a response in the time allotted, but may still be processing the request ( pods/log web)',
  ],
  'apiserver; caller-to-apiserver; forbidden; kubectl auth whoami': [
    'error: the server does not allow access to the requested resource (get pods web)',
    'nodes "<name>" is forbidden: ... cannot get resource "nodes/proxy" in API group ""',
    'io.fabric8.kubernetes.client.KubernetesClientException: pods "build-7kq2m" is forbidden: cannot exec into or attach to a privileged container',
    '(kubeutil.py:193) | 403 Client Error: Forbidden for url: https://10.0.0.1:6443/api/v1/nodes?limit=1',
    '# aks: cannot create resource "certificatesigningrequests" in API group "certificates.k8s.io" at the cluster scope: Forbidden',
    'java.io.IOException: Server returned HTTP response code: 403 for URL: https://10.0.0.1:6443/api/v1/namespaces/a/pods',
  ],
  'apiserver; caller-to-apiserver; forbidden; -': [
    'User "system:serviceaccount:a:b" cannot get resource "pods" in API group "" in the namespace "a"',
  ],
  'apiserver; caller-to-apiserver; method-not-allowed; kubectl version': [
    'error: Unable to upgrade connection: {\n  "kind": "Status",\n  "apiVersion": "v1",\n  "status": "Failure",\n  "message": "the server does not allow this method on the requested resource",\n  "reason": "MethodNotAllowed",\n  "code": 405\n}',
  ],
  'apiserver; caller-to-apiserver; no-credential-accepted; kubectl -n kube-public get configmap cluster-info':
    ['[discovery] Failed to request cluster info, will try again: [Unauthorized]'],
  'apiserver; caller-to-apiserver; no-credential-accepted; kubectl auth whoami': [
    'error retrieving resource lock kube-system/kube-controller-manager: Unauthorized',
    'Failed to list pods: Unauthorized',
    'forwarding: error upgrading connection: Unauthorized',
    '(kubeutil.py:193) | 401 Client Error: Unauthorized for url: https://10.0.0.1:6443/api/v1/nodes?limit=1',
    'java.io.IOException: Server returned HTTP response code: 401 for URL: https://10.0.0.1:6443/api/v1/namespaces/a/pods',
  ],
  'apiserver; caller-to-apiserver; no-credential-accepted; kubectl kubeletaccess status': [
    'the journal of the API-server says\nE0427 07:58:14.640511    2214 authentication.go:65] Unable to authenticate the request due to an error: invalid bearer token',
    'journalctl -u kube-apiserver --since today\nE0427 07:58:14.640511    2214 authentication.go:65] Unable to authenticate the request due to an error: invalid bearer token',
  ],
  'client; caller-to-apiserver; connection-refused; kubectl config current-context': [
    'Unable to connect to the server: dial tcp [::1]:8080: connectex: An attempt was made to access a socket in a way forbidden by its access permissions.',
  ],
  'client; caller-to-apiserver; no-address; kubectl cluster-info': [
    'Unable to connect to the server: dial tcp: address n1:102500: invalid port',
  ],
  'client; caller-to-apiserver; no-credential-accepted; kubectl config view --minify': [
    'Unable to connect to the server: getting credentials: exec: executable aws failed with exit code 255',
  ],
  'client; caller-to-apiserver; no-route; kubectl cluster-info': [
    'Unable to connect to the server: dial tcp 10.0.0.1:6443: connectex: An attempt was made to access a socket in a way forbidden by its access permissions.',
  ],
  'client; caller-to-apiserver; not-http; kubectl cluster-info': [
    'error: failed to discover supported resources: Get http://100.64.0.1:443/api: malformed HTTP response "\\x15\\x03\\x01"',
  ],
  'client; caller-to-apiserver; upgrade-dropped; kubectl kubeletaccess status --streams': [
    'kubernetes.client.exceptions.ApiException: (400)\nReason: Bad Request\nHTTP response body: {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Upgrade request required","reason":"BadRequest","code":400}',
  ],
  'network; caller-to-apiserver; connection-cut; kubectl cluster-info': [
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='10.0.0.1', port=6443): Max retries exceeded with url: /api/v1/nodes (Caused by ProtocolError('Connection aborted.', RemoteDisconnected('Remote end closed connection without response')))",
    'error: error reading from error stream: next reader: websocket: close 1006 (abnormal closure): unexpected EOF',
    'Unable to connect to the server: http: server closed idle connection',
    'Get "https://10.0.0.1:6443/api/v1/nodes": http2: client connection lost',
    'FetchError: request to https://10.0.0.1:6443/api/v1/nodes failed, reason: socket hang up',
    'Get "https://rancher.example.com/k8s/clusters/c-m-6e51e355/api/v1/nodes?labelSelector=a": EOF',
    'Unable to connect to the server: stream error: stream ID 1; INTERNAL_ERROR; received from peer',
    'Error: error sending request for url (https://10.0.0.1:6443/api/v1/nodes): connection closed before message completed',
    'Unable to connect to the server: dial tcp 10.0.0.1:6443: wsarecv: An existing connection was forcibly closed by the remote host.',
    'Unable to connect to the server: http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR, debug=""',
    'java.io.IOException: GET https://10.0.0.1:6443/api/v1/nodes: java.io.IOException: unexpected end of stream on https://10.0.0.7/...',
    'error: unable to upgrade connection: error dialing backend: read tcp <my IP>:58315-><API SERVER IP>:443: read: connection reset by peer',
    'Unable to connect to the server: dial tcp 10.0.0.1:6443: wsasend: An established connection was aborted by the software in your host machine.',
    'Unable to connect to the server: tls: use of closed connection',
  ],
  'network; caller-to-apiserver; connection-refused; kubectl cluster-info': [
    'Unable to connect to the server: dial tcp 10.0.0.1:6443: connectex: No connection could be made because the target machine actively refused it.',
    '[fd00::7]:6443 connection refused',
    'Unable to connect to the server: dial tcp 10.0.0.1:6443: connectex: \u7531\u4e8e\u76ee\u6807\u8ba1\u7b97\u673a\u79ef\u6781\u62d2\u7edd\uff0c\u65e0\u6cd5\u8fde\u63a5\u3002',
  ],
  'network; caller-to-apiserver; connection-timed-out; kubectl cluster-info': [
    'Unable to connect to the server: dial tcp 10.0.0.1:6443: connectex: A connection attempt failed because the connected party did not properly respond after a period of time, or established connection failed because connected host has failed to respond.',
    'Unable to connect to the server: dial tcp 10.0.0.1:6443: connect: operation timed out',
    'Unable to connect to the server: dial tcp 10.0.0.1:6443: connectex: \u7531\u4e8e\u8fde\u63a5\u65b9\u5728\u4e00\u6bb5\u65f6\u95f4\u540e\u6ca1\u6709\u6b63\u786e\u7b54\u590d\u6216\u8fde\u63a5\u7684\u4e3b\u673a\u6ca1\u6709\u53cd\u5e94\uff0c\u8fde\u63a5\u5c1d\u8bd5\u5931\u8d25\u3002',
    'java.io.IOException: GET https://10.0.0.1:6443/api/v1/nodes: java.net.SocketTimeoutException: connect timed out',
  ],
  'network; caller-to-apiserver; name-does-not-resolve; kubectl cluster-info': [
    'dial tcp: lookup kubernetes.default.svc ...: connection refused',
  ],
  'network; caller-to-apiserver; no-answer; kubectl cluster-info': [
    'Unable to connect to the server: dial tcp 10.0.0.1:6443: operation was canceled',
    'Failed to list: Get "https://[...]/api/v1/pods?limit=1": context deadline exceeded',
    'error retrieving resource lock kube-system/kube-controller-manager: context deadline exceeded',
  ],
  'network; caller-to-apiserver; no-route; kubectl cluster-info': [
    'Unable to connect to the server: dial tcp 10.0.0.1:6443: connect: network is down',
    'Unable to connect to the server: dial tcp 10.0.0.1:6443: connect: host is down',
    'Unable to connect to the server: dial tcp 10.0.0.1:6443: connectex: A socket operation was attempted to an unreachable network.',
  ],
  'proxy-or-aggregated-api; caller-to-apiserver; proxy-failed; kubectl -n cattle-system logs deployment/cattle-cluster-agent':
    [
      'ClusterUnavailable 503: cluster not found',
      'Error from server (InternalError): an error on the server ("cluster agent is not connected")',
      'Failed to list *v1.ClusterRoleBinding: Get https://10.0.0.1:6443/apis/rbac.authorization.k8s.io/v1/clusterrolebindings: waiting for cluster agent to connect',
    ],
  'proxy-or-aggregated-api; caller-to-apiserver; upgrade-dropped; kubectl kubeletaccess status --streams':
    [
      'http: proxy error: http2: invalid Upgrade request header: ["SPDY/3.1"]',
      'HTTP response body: {"message":"unable to upgrade: X-Stream-Protocol-Version is required"}',
      'kubectl exec blocked via proxy ("Upgrade request required")',
    ],
  'tls; caller-to-apiserver; certificate-expired; openssl s_client -connect 10.0.0.1:6443 -showcerts </dev/null':
    [
      'Error: error sending request for url (https://10.0.0.1:6443/api/v1/nodes): client error (Connect): invalid peer certificate: Expired',
      'java.io.IOException: GET https://10.0.0.1:6443/api/v1/nodes: javax.net.ssl.SSLHandshakeException: PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed: java.security.cert.CertificateExpiredException: NotAfter: Tue Mar 05 10:00:00 UTC 2024',
    ],
  'tls; caller-to-apiserver; handshake-failed; kubectl cluster-info': [
    'Aug 27 21:04:08 n1 rke2[1665]: time="2020-08-27T21:04:08Z" level=error msg="Get "https://127.0.0.1:35465/cacerts": net/http: TLS handshake timeout"',
    'Get "https://10.0.0.1:6443/api/v1/nodes": tls: server selected unsupported protocol version 301',
  ],
  'tls; caller-to-apiserver; name-mismatch; openssl s_client -connect 10.0.0.1:6443 -showcerts </dev/null':
    [
      'Error: error sending request for url (https://10.0.0.1:6443/api/v1/nodes): client error (Connect): invalid peer certificate: NotValidForName',
      'java.io.IOException: GET https://10.0.0.1:6443/api/v1/nodes: javax.net.ssl.SSLPeerUnverifiedException: Hostname 10.0.0.7 not verified: certificate: sha256/x= DN: CN=n1 subjectAltNames: [n1]',
      "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='10.0.0.1', port=6443): Max retries exceeded with url: /api/v1/nodes (Caused by SSLError(CertificateError(\"hostname '10.0.0.7' doesn't match 'n1'\")))",
      "FetchError: request to https://10.0.0.1:6443/api/v1/nodes failed, reason: Hostname/IP does not match certificate's altnames: IP: 10.0.0.7 is not in the cert's list: ",
      'Error: error sending request for url (https://10.0.0.1:6443/api/v1/nodes): client error (Connect): invalid peer certificate: certificate not valid for name "10.0.0.7"; certificate is only valid for DnsName("n1")',
      'System.Net.Http.HttpRequestException: The SSL connection could not be established, see inner exception. (10.0.0.1:6443)\n ---> System.Security.Authentication.AuthenticationException: The remote certificate is invalid according to the validation procedure: RemoteCertificateNameMismatch',
      "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='10.0.0.1', port=6443): Max retries exceeded with url: /api/v1/nodes (Caused by SSLError(SSLCertVerificationError(1, \"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is not valid for 'n1'. (_ssl.c:1007)\")))",
    ],
  'tls; caller-to-apiserver; not-tls; kubectl cluster-info': [
    'Unable to connect to the server: tls: first record does not look like a TLS handshake',
  ],
  'tls; caller-to-apiserver; untrusted-ca; openssl s_client -connect 10.0.0.1:6443 -showcerts </dev/null':
    [
      'Get "https://10.0.0.1:6443/api/v1/nodes": x509: \u201ckubernetes\u201d certificate is not trusted',
      'Error: error sending request for url (https://10.0.0.1:6443/api/v1/nodes): client error (Connect): invalid peer certificate: UnknownIssuer',
      'java.io.IOException: GET https://10.0.0.1:6443/api/v1/nodes: javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target',
    ],
  "client; caller-to-kubelet; no-address; kubectl get nodes -o custom-columns='NAME:.metadata.name,ADDRESSES:.status.addresses'":
    [
      'E0502 19:40:05.001239 1 summary.go:97] error while getting metrics summary from Kubelet n1(fd00::7:10255): Get http://fd00::7:10255/metrics/resource: invalid URL port ":7:10255"',
      'Node n1 has no valid hostname and/or IP address: n1',
    ],
  'client; caller-to-kubelet; not-http; kubectl kubeletaccess status': [
    '2026-01-01 00:00:00 +0000 [error]: #0 Unexpected error raised. Stopping the timer. title=:metric_scraper error_class=RestClient::BadRequest error="400 Bad Request"',
    '/ # curl -k https://10.0.0.7:10250/healthz\ncurl: (1) Received HTTP/0.9 when not allowed',
    'URL: http://10.0.0.7:10250/metrics \nError: server returned HTTP status 400 Bad Request',
  ],
  'kubelet; caller-to-kubelet; forbidden; kubectl kubeletaccess get configz NODE --via apiserver': [
    '$ curl -kv https://10.0.0.7:10250/pods\n> GET /pods HTTP/1.1\n< HTTP/1.1 403 Forbidden\n<\nForbidden (user=system:anonymous, verb=get, resource=nodes, subresource=proxy)',
  ],
  'kubelet; caller-to-kubelet; forbidden; kubectl kubeletaccess grant --profile metrics --subject serviceaccount:NAMESPACE:NAME':
    [
      '[error]: #0 Unexpected error raised. Stopping the timer. title=:cadvisor_metric_scraper error_class=RestClient::Forbidden error="403 Forbidden"',
    ],
  'kubelet; caller-to-kubelet; no-credential-accepted; kubectl kubeletaccess status': [
    'When scraping from kubelet on 10250, the metrics pod is returning a 401 Unauthorized.',
    '401 (Unauthorized) from kubelets',
    "$ curl -sk -o /dev/null -w '%{http_code}' https://10.0.0.7:10250/metrics/cadvisor\n401",
  ],
  'kubelet; caller-to-kubelet; server-error; kubectl kubeletaccess status': [
    'unable to get memory for node "n1", discarding data: missing memory usage metric',
    '* Connected to n1 (10.0.0.7) port 10250 (#0)\n> GET /stats/ HTTP/1.1\n> Accept: */*\n>\n< HTTP/1.1 500 Internal Server Error\n< Date: Mon, 13 Jul 2015 10:51:16 GMT\n< \nInternal Error: received no figures of "/"',
  ],
  'kubelet; caller-to-kubelet; kubelet-does-not-start; systemctl status kubelet': [
    "It seems like the kubelet isn't running or healthy.\n[kubelet-check] The HTTP call equal to 'curl -sSL http://localhost:10248/healthz' failed with error: Get \"http://localhost:10248/healthz\": dial tcp 127.0.0.1:10248: connect: connection refused.",
    '[kubelet-check] The kubelet is not healthy after 4m0.000464023s',
    "The HTTP call equal to 'curl -sSL http://127.0.0.1:10248/healthz' returned HTTP code 500",
  ],
  'network; caller-to-kubelet; connection-cut; kubectl kubeletaccess status': [
    '2026-01-01 00:00:00 +0000 [error]: #0 Unexpected error raised. Stopping the timer. title=:metric_scraper error_class=OpenSSL::SSL::SSLError error="SSL_connect SYSCALL returned=5 errno=0 state=SSLv2/v3 read server hello A"',
    '/ # curl -k https://10.0.0.7:10250/healthz\ncurl: (92) HTTP/2 stream 0 was not closed cleanly: INTERNAL_ERROR (err 2)',
  ],
  'network; caller-to-kubelet; connection-refused; ssh NODE journalctl -u kubelet -n 100 --no-pager | kubectl kubeletaccess explain -':
    ['nc: connect to 10.0.0.7 port 10250 (tcp) failed: Connection refused'],
  'network; caller-to-kubelet; connection-refused; ssh n1 journalctl -u kubelet -n 100 --no-pager | kubectl kubeletaccess explain -':
    [
      'connect: connection refused" node="n1"\nI0101 00:00:00.000001       1 server.go:187] "Failed probe"',
      "E0123 1 summary.go:97] error while getting metrics summary from Kubelet n1(10.0.0.7:10250): Get https://10.0.0.7:10250/stats/summary/: dial tcp 10.0.0.7:10250: getsockopt: connection refused\n\nChecking the metrics-server log, I can find several 'connection-refused' errors:\n\n",
    ],
  'network; caller-to-kubelet; connection-timed-out; kubectl get nodes -o wide': [
    '2026-01-01 00:00:00 +0000 [error]: #1 Unexpected error raised. Stopping the timer. title=:metric_scraper error_class=RestClient::Exceptions::OpenTimeout error="Timed out connecting to server"',
  ],
  'network; caller-to-kubelet; name-does-not-resolve; kubectl get nodes -o wide': [
    "/ # wget -qO- --no-check-certificate https://10.0.0.7:10250/healthz\nwget: bad address '10.0.0.7:10250'",
  ],
  'network; caller-to-kubelet; no-answer; kubectl get nodes -o wide': [
    'context deadline exceeded for\n- https://10.0.0.7:10250/metrics\nhttps://10.0.0.8:10250/metrics',
  ],
  'network; caller-to-kubelet; no-answer; kubectl kubeletaccess status': [
    '"Failed to scrape node, timeout to access kubelet"',
    'Failed to get kubelet_summary:10.0.0.7:10255 response in time',
    '/ # wget -qO- --no-check-certificate https://10.0.0.7:10250/healthz\nwget: download timed out',
    'netdata time=2024-03-15T11:11:17.010Z level=error msg="context deadline exceeded (Client.Timeout or context cancellation while reading body)" plugin=go.d collector=k8s_kubelet job=k8s_kubelet',
    '2026-01-01 00:00:00 +0000 [error]: #0 Unexpected error raised. Stopping the timer. title=:metric_scraper error_class=RestClient::Exceptions::ReadTimeout error="Timed out reading data from server"',
  ],
  'network; caller-to-kubelet; no-route; kubectl get nodes -o wide': [
    '* connect to 10.0.0.7 port 10250 failed: No route to host',
  ],
  'network; caller-to-kubelet; read-only-port-closed; kubectl kubeletaccess curl PATH --node NODE':
    [
      'http://10.0.0.7:4194/metrics | down | Get http://10.0.0.7:4194/metrics: dial tcp 10.0.0.7:4194: connect: connection refused',
    ],
  'proxy-or-aggregated-api; caller-to-kubelet; forbidden; kubectl get nodes,pods -A -o wide': [
    'kubelet request GET https://10.0.0.7:10250/metrics failed - "403 Forbidden", response: "{"kind":"Status","message":"forbidden: User \\"system:anonymous\\" cannot get path \\"/metrics\\"","code":403}"',
  ],
  'proxy-or-aggregated-api; caller-to-kubelet; proxy-failed; kubectl kubeletaccess status': [
    'curl: (5) Could not resolve proxy: proxy.example (https://10.0.0.7:10250/metrics)',
    'curl: (56) Received HTTP code 403 from proxy after CONNECT (https://10.0.0.7:10250/metrics)',
    'RequestAbortedError: Proxy response (403) !== 200 when HTTP Tunneling (https://10.0.0.7:10250/metrics)',
    'Proxy tunneling failed: Forbidden (https://10.0.0.7:10250/metrics)',
    'Error: tunneling socket could not be established, statusCode=403 (https://10.0.0.7:10250/metrics)',
    'java.io.IOException: Unable to tunnel through proxy. Proxy returns "HTTP/1.1 403 Forbidden" (https://10.0.0.7:10250/metrics)',
    "ProxyError('Cannot connect to proxy.', NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused')) (https://10.0.0.7:10250/metrics)",
  ],
  'tls; caller-to-kubelet; name-mismatch; kubectl kubeletaccess status': [
    '92.168.1.7 because it doesn\'t contain any IP SANs" node="n1"\nI0101 00:00:00.000001       1 server.go:187] "Failed probe"',
  ],
  'tls; caller-to-kubelet; untrusted-ca; openssl s_client -connect 10.0.0.7:10250 -showcerts </dev/null':
    [
      'https://10.0.0.7:10250/metrics\nDOWN\ninstance="10.0.0.7:10250"\n3s ago\nGet "https://10.0.0.7:10250/metrics": tls: failed to verify certificate: x509: malformed certificate',
      "$ wget https://10.0.0.7:10250/stats/summary\n--2026-01-01 00:00:00--  https://10.0.0.7:10250/stats/summary\nConnecting to 10.0.0.7:10250... connected.\nERROR: cannot verify 10.0.0.7's certificate, issued by \u2018CN=n1-ca@1\u2019:\n  Unable to locally verify the issuer's authority.",
      'System.Net.Http.HttpRequestException: The SSL connection could not be established, see inner exception. (10.0.0.7:10250)\n ---> System.Security.Authentication.AuthenticationException: The remote certificate is invalid because of errors in the certificate chain: UntrustedRoot',
    ],
  'unknown; caller-to-kubelet; not-found; -': [
    'requests.exceptions.HTTPError: 404 Client Error: Not Found for url: https://10.0.0.7:10250/metrics/cadvisor',
    'E! [inputs.kubernetes] Error in plugin: https://kubernetes/stats/summary returned HTTP status 404 Not Found',
  ],
  'unknown; caller-to-kubelet; unknown; kubectl kubeletaccess curl /stats/summary --node NODE': [
    '"Failed to scrape node" "failed parsing metrics: expected timestamp or new record, got MNAME"',
  ],
  'unknown; caller-to-kubelet; unknown; kubectl kubeletaccess status': [
    'warn internal/transaction.go Failed to scrape Prometheus endpoint {"target_labels": "{__name__=\\"up\\", instance=\\"n1\\", job=\\"kubernetes-cadvisor\\"}"}',
    'connection to kubelet failed: temporary failure in kubeutil, will retry later: try delay not elapsed yet',
  ],
  'kubelet; caller-or-apiserver-to-kubelet; no-credential-accepted; kubectl kubeletaccess status': [
    'Oct 10 10:58:08 n1 kubelet[812]: I1010 10:58:08.701900     812 httplog.go:129] "HTTP" verb="GET" URI="/stats/summary?only_cpu_and_memory=true" latency="22.091886ms" userAgent="Go-http-client/2.0" srcIP="10.0.0.9:30131" resp=401',
  ],
  'kubelet; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving':
    [
      'Dec 11 14:22:30 n1 kubelet[812]: I1211 14:22:30.440352     812 logs.go:41] http: TLS handshake error from 10.0.0.9:37000: no certificate available',
      'Jun 11 05:20:21 n1 kubelet[2790]: I0611 05:20:21.190213    2790 log.go:194] http: TLS handshake error from 127.0.0.1:42114: no serving certificate available for the kubelet\n\n[2024/06/11 05:20:21] [error] [filter:kubernetes:kubernetes.1] kubelet upstream connection error',
    ],
  'kubelet; caller-or-apiserver-to-kubelet; server-error; kubectl kubeletaccess status': [
    'Dec 16 15:21:00 n1 kubelet[6851]: I1216 15:21:00.010282 6851 server.go:281] HTTP InternalServerError: Internal Error: unable to find Docker container "d3c1a6936a84"',
  ],
  'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving':
    [
      'Kubelet serving CSR not auto-approved',
      'could not authorize CSR: exhausted all authorization methods: []',
      'Could not use Machine for serving cert authorization: unable to find machine for node',
      'csr-abcde: Unrecoverable serving cert error, cannot approve: "DNS:n2" not in DNS names',
    ],
  'apiserver; kubelet-to-apiserver; forbidden; journalctl -u kubelet --since -10min': [
    'E0311 21:48:11.879498  456090 reflector.go:134] failed to list *v1.Node: nodes "n1" is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope\nE0311 21:48:11.879498  456090 reflector.go:134] failed to list *v1.RuntimeClass: runtimeclasses.node.k8s.io is forbidden: User "system:anonymous" cannot list resource "runtimeclasses" in API group "node.k8s.io" at the cluster scope',
  ],
  'apiserver; kubelet-to-apiserver; forbidden; kubectl auth whoami': [
    'Error from server (Forbidden): nodes "n1" is forbidden: node "n1" is not allowed to modify taints',
    'Error from server (Forbidden): nodes "n1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/test',
  ],
  'apiserver; kubelet-to-apiserver; forbidden; kubectl get nodes -o wide': [
    'failed to update node lease, error: leases.coordination.k8s.io "n2" is forbidden: can only access node lease with the same name as the requesting node',
    'cannot create certificate signing request: certificatesigningrequests.certificates.k8s.io "csr-" is forbidden: can only create a node CSR with CN=system:node:n1',
    'kubelet: E0224 13:32:24.554102   32061 kubelet.go:2650] Error updating node status, will retry: error getting node "n1": the server does not allow access to the requested resource (get nodes n1)',
  ],
  'apiserver; kubelet-to-apiserver; no-credential-accepted; journalctl -u kubelet --since -10min': [
    'Unable to authenticate the request due to an error: the server has asked for the client to provide credentials (post tokenreviews.authentication.k8s.io)\nUnable to authenticate the request due to an error: the server has asked for the client to provide credentials (post tokenreviews.authentication.k8s.io)\n[kubelet log]',
  ],
  'apiserver; kubelet-to-apiserver; node-gone; kubectl get nodes': [
    'kubelet: Error updating node status, will retry: error getting node "n1": nodes "n1" not found',
  ],
  'client; kubelet-to-apiserver; no-credential-accepted; journalctl -u k3s-agent -u rke2-agent --since -10min':
    [
      'level=fatal msg="token CA hash does not match the Cluster CA certificate hash: 1a2b != 3c4d"',
    ],
  'kubelet; kubelet-to-apiserver; no-credential-accepted; journalctl -u kubelet --since -10min': [
    '[2026-03-07T10:32:54.036205250Z][kubelet][I] failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory',
    'kubelet: transport.go:113] The currently active client certificate has expired, but the server is not responsive.',
  ],
  'network; kubelet-to-apiserver; connection-refused; journalctl -u kubelet --since -10min': [
    "Jun 22 13:11:13 n1 origin-node[812]: E0622 13:11:13.637008    1445 event.go:208] Unable to write event: 'Post http://127.0.0.1:8080/api/v1/namespaces/default/events: dial tcp 127.0.0.1:8080: getsockopt: connection refused' (may retry after sleeping)",
    '* Oct 25 06:25:55 minikube kubelet[4555]: E1025 06:25:55.567008    4555 controller.go:136] failed to ensure node lea\nse exists, will retry in 800ms, error: Get "https://control-plane.minikube.internal:8443/apis/coordination.k8s.io/v1\n/namespaces/kube-node-lease/leases/minikube?timeout=10s": dial tcp 192.168.99.103:8443: connect: connection refused',
    '/10.0.0.1:6443/api/v1/nodes/n1":\n  dial tcp 10.0.0.1:6443: connect: connection refused"\n\nE0106 08:40:08.885824  275376 controller.go:144] failed to ensure lease exists, will retry in 200ms, error: Get "https://10.0.0.1:6443/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1?timeout=10s": dial tcp 10.0.0.1:6443: connect: connection refused',
    'Jun 11 05:20:21 n1 kubelet[2790]: I0611 05:20:21.190213    2790 log.go:194] "Unable to write event (may retry after sleeping)" err="Post \\"https://10.0.0.1:6443/api/v1/namespaces/kube-system/events\\": dial tcp 10.0.0.1:6443: connect: connection refused" event="&Event{Reason:Unhealthy,Message:Readiness probe failed: Get \\"https://10.1.0.9:8443/readyz\\": x509: certificate has expired,Source:EventSource{Component:kubelet,Host:n1,},}"',
    'Jun 11 05:20:21 n1 kubelet[2790]: I0611 05:20:21.190213    2790 log.go:194] Unable to write event: \'&v1.Event{TypeMeta:v1.TypeMeta{Kind:"", APIVersion:""}, Reason:"Unhealthy", Message:"Readiness probe failed: Get \\"https://10.1.0.9:8443/readyz\\": x509: certificate has expired", Source:v1.EventSource{Component:"kubelet", Host:"n1"}}\': \'Post "https://10.0.0.1:6443/api/v1/namespaces/kube-system/events": dial tcp 10.0.0.1:6443: connect: connection refused\'(may retry after sleeping)',
  ],
  'network; kubelet-to-apiserver; connection-refused; journalctl -u rke2-agent -u k3s-agent --since -10min':
    [
      'Jan 01 00:00:00 n1 k3s[1]: time="2026-01-01T00:00:00Z" level=error msg="Remotedialer proxy error" error="dial tcp 10.0.0.1:6443: connect: connection refused"',
    ],
  'tls; kubelet-to-apiserver; name-mismatch; journalctl -u rke2-agent -u k3s-agent --since -10min':
    [
      'time="2022-06-07T08:15:32Z" level=info msg="Proxy done" err="context canceled" url="wss://192.168.62.110:8443/v1-k3s/connect"\ntime="2022-06-07T08:15:32Z" level=info msg="Connecting to proxy" url="wss://192.168.62.110:8443/v1-k3s/connect"\ntime="2022-06-07T08:15:32Z" level=error msg="Failed to connect to proxy" error="x509: certificate is valid for 127.0.0.1, 10.100.20.6, not 192.168.62.110"',
    ],
  'tls; kubelet-to-apiserver; untrusted-ca; journalctl -u kubelet --since -10min': [
    'worker\u8282\u70b9\u5728\u542f\u52a8kubelet\u8fdb\u884c\u8282\u70b9\u6ce8\u518c\u65f6\u62a5\u9519\uff1a\n```\nE0311 21:48:11.879498   21676 reflector.go:134] Failed to list *v1.Service: Get "https://10.0.0.1:6443/api/v1/services": x509: certificate signed by unknown authority',
    '"Unable to register node with API server" err="Post \\"https://10.0.0.1:6443/api/v1/nodes\\": tls: failed to verify certificate: x509" node="n1"',
    'Kubelet log shows:\n```\nE0311 21:48:11.879498   21676 reflector.go:134] Failed to list *v1.Service: Get "https://10.0.0.1:6443/api/v1/services": x509: certificate signed by unknown authority',
    'Logs of the kubelet:\n```\nE0311 21:48:11.879498   21676 reflector.go:134] Failed to list *v1.Service: Get "https://10.0.0.1:6443/api/v1/services": x509: certificate signed by unknown authority',
    '# journalctl -u kubelet --no-pager | tail\n```\nE0311 21:48:11.879498   21676 reflector.go:134] Failed to list *v1.Service: Get "https://10.0.0.1:6443/api/v1/services": x509: certificate signed by unknown authority',
  ],
  'unknown; kubelet-to-apiserver; unknown; journalctl -u kubelet --no-pager --since -10min': [
    'Apr 02 04:00:04 n1 kubelet[12180]: Unable to update node status" err="error getting node "n1": Get htt',
    'Apr 02 04:00:04 n1 kubelet[12180]: E0402 04:00:04.6 12180 reflector.go:205] k8s.io/kubernetes/pkg/kubelet/kubelet.go:451: Failed',
  ],
  'unknown; kubelet-to-apiserver; unknown; journalctl -u kubelet --since -10min': [
    'kubelet_node_status.go:367] Unable to update node status: update node status exceeds retry count',
  ],
  'kubelet; kubelet-to-container-runtime; container-runtime-failed; kubectl get pods -o wide': [
    'error: Internal error occurred: error attaching to container: http: invalid Host header',
    'error: unable to upgrade connection: Failed to construct RuntimeManager. Error- failed to dial "/var/run/dockershim.sock"- i/o timeout',
  ],
  'network; kubelet-to-container-runtime; connection-cut; kubectl get nodes -o wide': [
    'server.go:731] Error while proxying request: unexpected EOF',
  ],
  'proxy-or-aggregated-api; unknown; server-error; kubectl cluster-info': [
    'error: unable to upgrade connection: you must specify at least 1 of stdin, stdout, stderr',
  ],
  'unknown; unknown; forbidden; kubectl auth can-i get pods --subresource=exec -n NAMESPACE': [
    'Error: failed to upgrade to a WebSocket connection: failed to switch protocol: 403 Forbidden',
    'Sec-WebSocket-Protocol: v4.channel.k8s.io\nUpgrade: websocket\n--> END GET\n\n<-- HTTP/1.1 403 Forbidden (62ms)\nAudit-Id: 815889bf',
  ],
  'unknown; unknown; forbidden; kubectl kubeletaccess check prometheus': [
    'cadvisor is DOWN with error server returned HTTP status 403 Forbidden',
  ],
  'unknown; unknown; no-credential-accepted; kubectl auth whoami': [
    "System.Net.WebSockets.WebSocketException (2): The server returned status code '401' when status code '101' was expected.\n   at k8s.WebSocketBuilder.BuildAndConnectAsync(Uri uri, CancellationToken cancellationToken)",
  ],
  'unknown; unknown; not-found; kubectl get pods -o wide': [
    'fatal: [localhost]: FAILED! => {"changed": false, "msg": "Failed to execute on pod web due to : (0)\\nReason: Handshake status 404 Not Found\\n"}',
  ],
  'unknown; unknown; server-error; kubectl get pods -o wide': [
    "Jenkins on AKS, each container step:\n\njava.net.ProtocolException: Expected HTTP 101 response but was '400 Bad Request'\n\tat okhttp3.internal.ws.RealWebSocket.checkResponse(RealWebSocket.java:219)",
    'Error while performing Kubernetes API operation Pod exec: WebsocketError\n\nUnexpected server response: 500',
  ],
  'tls; apiserver-to-kubelet; untrusted-ca; openssl s_client -connect 10.0.0.7:10250 -showcerts </dev/null | unknown; caller-to-kubelet; unknown; kubectl kubeletaccess status':
    [
      'Error from server: Get "https://10.0.0.7:10250/containerLogs/a/b/c": x509: certificate signed by unknown authority\n\n[2024/06/11 05:20:21] [error] [filter:kubernetes:kubernetes.1] kubelet upstream connection error',
    ],
  'apiserver; caller-to-apiserver; no-credential-accepted; kubectl kubeletaccess status | kubelet; caller-or-apiserver-to-kubelet; no-credential-accepted; kubectl kubeletaccess status':
    [
      'kube-apiserver logs:\nE0427 07:58:14.640511    2214 authentication.go:65] Unable to authenticate the request due to an error: invalid bearer token\n\n\n\n\nApr 27 07:58:20 n1 kubelet[812]: E0427 07:58:14.640511     812 authentication.go:65] Unable to authenticate the request due to an error: invalid bearer token',
    ],
  'tls; caller-to-apiserver; untrusted-ca; openssl s_client -connect 10.0.0.1:6443 -showcerts </dev/null | apiserver; kubelet-to-apiserver; no-credential-accepted; journalctl -u kubelet --since -10min':
    [
      'W0310 09:12:04.012345     977 reflector.go:147] k8s.io/client-go/informers/factory.go:150: failed to list *v1.Node: Get "https://10.0.0.1:6443/api/v1/nodes": x509: certificate signed by unknown authority\nE0310 09:12:04.318213    1842 controller.go:144] Failed to ensure lease exists, will retry in 7s, error: Unauthorized',
    ],
  'apiserver; kubelet-to-apiserver; forbidden; kubectl get clusterrolebindings -o wide | grep node-bootstrapper':
    [
      '10\u6708 01 12:34:48 n1 kubelet[12288]: error: failed to run Kubelet: cannot create certificate signing request: User "',
    ],
  'network; caller-to-apiserver; connection-timed-out; kubectl cluster-info | network; apiserver-to-kubelet; connection-refused; ssh NODE journalctl -u kubelet -n 100 --no-pager | kubectl kubeletaccess explain - | kubelet; apiserver-to-kubelet; container-not-found; kubectl get pods -o wide':
    [
      '  "Error from server: error dialing backend: dial tcp 10.0.0.7:10250: connect: connection refused",\n  "error: unable to upgrade connection: container not found (web)",\n  "Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout",',
    ],
  'tls; kubelet-to-apiserver; untrusted-ca; journalctl -u kubelet --since -10min | tls; caller-to-apiserver; untrusted-ca; openssl s_client -connect 10.0.0.1:6443 -showcerts </dev/null | kubelet; kubelet-to-apiserver; no-credential-accepted; journalctl -u kubelet --since -10min':
    [
      '10.0.0.1: {"ts":1686800704569.8,"caller":"cache/reflector.go:533","msg":"No valid client certificate is found but the server is not responsive. A restart may be necessary"}\n10.0.0.1: {"ts":1686800704569.8,"caller":"cache/reflector.go:533","msg":"Failed to list *v1.Service: Get \\"https://10.0.0.1:6443/api/v1/services\\": x509: certificate signed by unknown authority"}\n10.0.0.2: {"ts":1686800704569.8,"caller":"cache/reflector.go:533","msg":"Failed to list *v1.Service: Get \\"https://10.0.0.1:6443/api/v1/services\\": x509: certificate signed by unknown authority"}',
    ],
};

const row = ({ component: who, hop, cause, commands: [first = '-'] }: Explanation) =>
  [who, hop, cause, first].join('; ');

suite('families of pasted errors', (test) => {
  for (const [expected, texts] of Object.entries(families))
    test(expected === '' ? 'errors of other programs are not explained' : expected, () => {
      for (const text of texts) assert.is(explain(text).map(row).join(' | '), expected, text);
    });
});
