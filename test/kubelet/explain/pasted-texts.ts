/**
 * Texts as people paste them, grouped by kind. Each text has the `who; hop; cause; address; first command` of its explanations. A dash
 * means that a part is missing.
 */
export const pasted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'the read-only port': {
    'E0102 03:04:05.000006       1 summary.go:97] error while getting metrics summary from Kubelet worker-1(10.1.2.3:10255): Get http://10.1.2.3:10255/stats/summary/: dial tcp 10.1.2.3:10255: getsockopt: connection refused':
      'network; caller-to-kubelet; read-only-port-closed; 10.1.2.3:10255; kubectl kubeletaccess curl PATH --node worker-1',
    'Error in scraping containers from kubelet:10.0.0.39:10255: failed to get all container stats from Kubelet URL "http://10.0.0.39:10255/stats/container/": Post http://10.0.0.39:10255/stats/container/: dial tcp 10.0.0.39:10255: getsockopt: connection refused':
      'network; caller-to-kubelet; read-only-port-closed; 10.0.0.39:10255; kubectl kubeletaccess curl PATH --node NODE',
    'Get "https://10.0.0.8:10255/metrics/cadvisor": http: server gave HTTP response to HTTPS client':
      'tls; caller-to-kubelet; not-tls; 10.0.0.8:10255; kubectl kubeletaccess curl PATH --node NODE',
  },
  'several requests in one line': {
    '2026-06-23 09:45:37 UTC | CORE | ERROR | (pkg/collector/python/kubeutil.go:38 in getConnections) | connection to kubelet failed: cannot set a valid kubelet host: cannot connect to kubelet using any of the given hosts: [10.240.0.5] [node-5], Errors: [Get https://10.240.0.5:10250/pods: x509: cannot validate certificate for 10.240.0.5 because it doesn\'t contain any IP SANs Get https://node-5:10250/pods: x509: certificate signed by unknown authority cannot connect: http: "Get http://10.240.0.5:10255/: dial tcp 10.240.0.5:10255: connect: connection refused"]':
      'network; caller-to-kubelet; read-only-port-closed; 10.240.0.5:10255; kubectl kubeletaccess curl PATH --node NODE | tls; caller-to-kubelet; untrusted-ca; node-5:10250; openssl s_client -connect node-5:10250 -showcerts </dev/null | tls; caller-to-kubelet; name-mismatch; 10.240.0.5:10250; openssl s_client -connect 10.240.0.5:10250 -showcerts </dev/null',
    'unable to fully collect metrics: [unable to fully scrape metrics from source kubelet_summary:a: unable to fetch metrics from Kubelet a (10.0.0.1): request failed - "401 Unauthorized", response: "Unauthorized", unable to fully scrape metrics from source kubelet_summary:b: unable to fetch metrics from Kubelet b (10.0.0.2): Get https://10.0.0.2:10250/stats/summary/: x509: certificate signed by unknown authority]':
      'tls; caller-to-kubelet; untrusted-ca; 10.0.0.2:10250; openssl s_client -connect 10.0.0.2:10250 -showcerts </dev/null | kubelet; caller-to-kubelet; no-credential-accepted; 10.0.0.1; kubectl kubeletaccess status',
    '[dial tcp 10.0.0.1:10250: i/o timeout, dial tcp 10.0.0.2:10250: connect: connection refused]':
      'network; caller-or-apiserver-to-kubelet; connection-timed-out; 10.0.0.1:10250; kubectl get nodes -o wide | network; caller-or-apiserver-to-kubelet; connection-refused; 10.0.0.2:10250; ssh NODE journalctl -u kubelet -n 100 --no-pager | kubectl kubeletaccess explain -',
  },
  'metrics-server up to 0.4': {
    'E0102 03:04:05.000006       1 manager.go:111] unable to fully collect metrics: [unable to fully scrape metrics from node c2: unable to fetch metrics from node c2: request failed - "403 Forbidden"., unable to fully scrape metrics from node c3: unable to fetch metrics from node c3: request failed - "403 Forbidden".]':
      'kubelet; caller-to-kubelet; forbidden; -; kubectl kubeletaccess grant --profile stats --subject serviceaccount:kube-system:metrics-server',
    'E0102 03:04:05.000006       1 summary.go:97] error while getting metrics summary from Kubelet n(10.0.0.7:10250): request failed - "403 Forbidden", response: "Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=stats)"':
      'kubelet; caller-to-kubelet; forbidden; 10.0.0.7:10250; kubectl kubeletaccess get configz n --via apiserver',
  },
  'failed review requests': {
    'E0102 03:04:05.000006    6253 proxy.go:73] Unable to authenticate the request due to an error: Post "https://10.254.0.1:443/apis/authentication.k8s.io/v1/tokenreviews": dial tcp 10.254.0.1:443: connect: connection timed out':
      'network; caller-to-apiserver; connection-timed-out; 10.254.0.1:443; kubectl cluster-info',
    'Unable to authenticate the request due to an error: [x509: certificate signed by unknown authority, Post https://10.96.0.1:443/apis/authentication.k8s.io/v1beta1/tokenreviews: dial tcp 10.96.0.1:443: connect: no route to host]':
      'network; caller-to-apiserver; no-route; 10.96.0.1:443; kubectl cluster-info',
    'E0102 03:04:05.000006       1 authentication.go:63] "Unable to authenticate the request" err="Post \\"https://kubernetes.default.svc:443/apis/authentication.k8s.io/v1/tokenreviews\\": dial tcp: lookup kubernetes.default.svc on 10.96.0.10:53: no such host"':
      'network; caller-to-apiserver; name-does-not-resolve; kubernetes.default.svc:443; kubectl cluster-info',
    'Jan 01 00:00:00 n kubelet[1]: E0102 03:04:05.000006       1 server.go:310] "Unable to authenticate the request due to an error" err="tokenreviews.authentication.k8s.io is forbidden: User \\"system:node:n\\" cannot create resource \\"tokenreviews\\" in API group \\"authentication.k8s.io\\" at the cluster scope"':
      'apiserver; kubelet-to-apiserver; forbidden; -; kubectl get nodes -o wide',
  },
  'front proxy': {
    'Error from server (Forbidden): nodes.metrics.k8s.io is forbidden: User "aggregator" cannot list nodes.metrics.k8s.io at the cluster scope.':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; forbidden; -; kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml',
    'Error from server (Forbidden): pods.metrics.k8s.io is forbidden: User "front-proxy-client" cannot list resource "pods" in API group "metrics.k8s.io" in the namespace "default"':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; forbidden; -; kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml',
    'Error from server (Forbidden): pods.metrics.k8s.io is forbidden: User "system:kube-apiserver" cannot list resource "pods" in API group "metrics.k8s.io" in the namespace "default"':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; forbidden; -; kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml',
    'Error from server (Forbidden): nodes.metrics.k8s.io is forbidden: User "kubernetes" cannot list resource "nodes" in API group "metrics.k8s.io" at the cluster scope':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; forbidden; -; kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml',
    'Error from server (Forbidden): nodes.metrics.k8s.io is forbidden: User "127.0.0.1" cannot list nodes.metrics.k8s.io at the cluster scope.':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; forbidden; -; kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml',
    'failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: pods.metrics.k8s.io is forbidden: User "kube-apiserver" cannot list resource "pods" in API group "metrics.k8s.io" in the namespace "prod"':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; forbidden; -; kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml',
    'Error from server (Forbidden): requests.custom.metrics.k8s.io is forbidden: User "system:auth-proxy" cannot get resource "requests" in API group "custom.metrics.k8s.io" in the namespace "prod"':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; forbidden; -; kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml',
  },
  'denials without a user name': {
    'Forbidden (user=, verb=get, resource=nodes, subresource=proxy)':
      'kubelet; caller-or-apiserver-to-kubelet; forbidden; -; kubectl kubeletaccess status',
    'error: unable to upgrade connection: Forbidden (user=, verb=create, resource=nodes, subresource=proxy)':
      'kubelet; apiserver-to-kubelet; forbidden; -; kubectl kubeletaccess status',
    'Error from server (Forbidden): nodes "n" is forbidden: User "" cannot get resource "nodes/proxy" in API group "" at the cluster scope':
      'apiserver; caller-to-apiserver; forbidden; -; kubectl auth whoami',
  },
  'hidden hosts': {
    'Error from server: Get "https://$node:10250/containerLogs/default/web/web": dial tcp $node:10250: connect: connection refused':
      'network; apiserver-to-kubelet; connection-refused; HOST:10250; ssh NODE journalctl -u kubelet -n 100 --no-pager | kubectl kubeletaccess explain -',
    'Get "https://NODE_IP:10250/stats/summary": x509: certificate signed by unknown authority':
      'tls; caller-to-kubelet; untrusted-ca; HOST:10250; openssl s_client -connect HOST:10250 -showcerts </dev/null',
    'Get "https://$(NODE_IP):10250/metrics/resource": remote error: tls: internal error':
      'tls; caller-to-kubelet; no-serving-certificate-yet; HOST:10250; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    '2025-11-18T09:12:13.000Z error kubeletstatsreceiver@v0.91.0/scraper.go:77 call to /stats/summary endpoint failed {"kind": "receiver", "error": "Get \\"https://1**.2***.**.**3:10250/stats/summary\\": tls: failed to verify certificate: x509: cannot validate certificate for 1**.2***.**.**3 because it doesn\'t contain any IP SANs"}':
      'tls; caller-to-kubelet; name-mismatch; HOST:10250; openssl s_client -connect HOST:10250 -showcerts </dev/null',
    'error: error dialing backend: dial tcp XX.XX.XX.XX:10250: connect: connection refused':
      'network; apiserver-to-kubelet; connection-refused; HOST:10250; ssh NODE journalctl -u kubelet -n 100 --no-pager | kubectl kubeletaccess explain -',
    'E0102 03:04:05.000006       1 summary.go:97] error while getting metrics summary from Kubelet node1(89.108.x.x:10250): request failed - "401 Unauthorized", response: "Unauthorized"':
      'kubelet; caller-to-kubelet; no-credential-accepted; HOST:10250; kubectl kubeletaccess status',
    'Error from server: Get "https://:10250/containerLogs/a/b/c": dial tcp :10250: connect: connection refused':
      'network; apiserver-to-kubelet; connection-refused; HOST:10250; ssh NODE journalctl -u kubelet -n 100 --no-pager | kubectl kubeletaccess explain -',
    'Get &quot;https://&lt;ip&gt;:10250/metrics/cadvisor&quot;: context deadline exceeded':
      'network; caller-to-kubelet; no-answer; HOST:10250; kubectl get nodes -o wide',
    'unable to fully collect metrics: unable to fetch metrics from node ip-[redacted].[region].compute.internal: Get "https://ip-[redacted].[region].compute.internal:10250/stats/summary?only_cpu_and_memory=true": dial tcp: lookup ip-[redacted].[region].compute.internal on 100.64.0.10:53: no such host':
      'network; caller-to-kubelet; name-does-not-resolve; HOST:10250; kubectl get nodes -o wide',
  },
  "Prometheus's page of targets": {
    'https://192.168.8.10:10250/metrics\nDOWN endpoint="https-metrics" instance="192.168.8.10:10250" namespace="kube-system" service="kubelet" 7.784s ago server returned HTTP status 403 Forbidden':
      'kubelet; caller-to-kubelet; forbidden; 192.168.8.10:10250; kubectl kubeletaccess check prometheus',
    'server returned HTTP status 403 Forbidden':
      'unknown; unknown; forbidden; -; kubectl kubeletaccess check prometheus',
    'server returned HTTP status 401 Unauthorized':
      'unknown; unknown; no-credential-accepted; -; kubectl kubeletaccess check prometheus',
    'DOWN endpoint="https-metrics" instance="10.0.0.5:10250" metrics_path="/metrics/cadvisor" 7s ago server returned HTTP status 403 Forbidden':
      'kubelet; caller-to-kubelet; forbidden; 10.0.0.5:10250; kubectl kubeletaccess check prometheus',
  },
  'the tunnels of k3s and RKE2': {
    'error: Internal error occurred: error sending request: Post "https://10.0.0.6:10250/exec/prod/web/web?command=sh&input=1&output=1&tty=1": proxy error from 127.0.0.1:6443 while dialing 10.0.0.6:10250, code 502: 502 Bad Gateway':
      'proxy-or-aggregated-api; apiserver-to-kubelet; apiserver-cannot-reach-node; 10.0.0.6:10250; kubectl get nodes -o wide',
    'Error from server: error dialing backend: failed to find Session for client worker-6':
      'proxy-or-aggregated-api; apiserver-to-kubelet; apiserver-cannot-reach-node; -; kubectl get nodes -o wide',
  },
  'upgrades answered with 404': {
    '> error: error upgrading connection: unable to upgrade connection: 404 page not\n> found':
      'kubelet; apiserver-to-kubelet; not-found; -; kubectl get nodes -o wide',
  },
  'certificate signing requests': {
    'csr-8x4lz   68s   kubernetes.io/kubelet-serving   system:node:node-2   Pending':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'csr-a   1d    kubernetes.io/kube-apiserver-client-kubelet   system:bootstrap:abc   <none>   Approved,Issued\ncsr-b   1d    kubernetes.io/kubelet-serving   system:node:n1   <none>   Pending\ncsr-c   2d    kubernetes.io/kubelet-serving   system:node:n2   <none>   Pending':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'csr-8x4lz   68s   kubernetes.io/kubelet-serving   system:node:node-2   <none>   Approved':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'csr-8x4lz   68s   kubernetes.io/kubelet-serving   system:node:node-2   <none>   Denied':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    '> csr-8x4lz   5m12s   kubernetes.io/kubelet-serving   system:node:ip-10-0-0-1.ec2.internal   <none>   Pending':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'Name:               csr-8x4lz\nLabels:             <none>\nAnnotations:        <none>\nCreationTimestamp:  Wed, 01 Jul 2026 10:00:00 +0200\nRequesting User:    system:node:node-2\nSigner:             kubernetes.io/kubelet-serving\nStatus:             Pending\nSubject:':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    '$ kubectl get csr\nNAME        AGE   SIGNERNAME                      REQUESTOR            REQUESTEDDURATION   CONDITION\ncsr-8x4lz   68s   kubernetes.io/kubelet-serving   system:node:node-2   <none>              Approved,Failed':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
  },
  'odd spacing': {
    'Forbidden ( user = Kubernetes , verb = get , resource = nodes , subresource = proxy )':
      'kubelet; apiserver-to-kubelet; forbidden; -; kubectl kubeletaccess grant',
    'Forbidden(user=Kubernetes,verb=get,resource=nodes,subresource=proxy)':
      'kubelet; apiserver-to-kubelet; forbidden; -; kubectl kubeletaccess grant',
    'Forbidden\n(user=Kubernetes,\nverb=get,\nresource=nodes,\nsubresource(s)=[proxy])':
      'kubelet; apiserver-to-kubelet; forbidden; -; kubectl kubeletaccess grant',
    'Authorization error ( user = Kubernetes , verb = create , resource = nodes , subresource = proxy )':
      'kubelet; kubelet-to-apiserver; kubelet-cannot-reach-apiserver; -; journalctl -u kubelet --since -10min',
  },
  'closed connections': {
    'error: error dialing backend: write tcp 10.0.0.1:44321->10.0.0.5:10250: use of closed network connection':
      'network; apiserver-to-kubelet; connection-cut; 10.0.0.5:10250; kubectl kubeletaccess status',
    'kubelet:\nError proxying data from client to backend: readfrom tcp 127.0.0.1:38582->127.0.0.1:45563: write tcp 127.0.0.1:38582->127.0.0.1:45563: write: broken pipe':
      'network; kubelet-to-container-runtime; connection-cut; 127.0.0.1:45563; kubectl get nodes -o wide',
    'E0729 15:24:48.533375       1 upgradeaware.go:427] Error proxying data from backend to client: read tcp 10.0.0.4:55262->10.0.0.8:10250: read: connection reset by peer':
      'network; apiserver-to-kubelet; connection-cut; 10.0.0.8:10250; kubectl kubeletaccess status',
  },
  'plain HTTP and TLS': {
    '$ curl 192.168.4.2:10250/pods\nClient sent an HTTP request to an HTTPS server.':
      'client; caller-to-kubelet; not-http; 192.168.4.2:10250; kubectl kubeletaccess status',
  },
  agents: {
    '2026-11-10 08:33:15 UTC | CORE | ERROR | (pkg/collector/worker/check_logger.go:69 in Error) | check:kubelet | Error running check: [{"message": "401 Client Error: Unauthorized for url: https://10.1.16.5:10250/metrics/cadvisor", "traceback": "Traceback (most recent call last):"}]':
      'kubelet; caller-to-kubelet; no-credential-accepted; 10.1.16.5:10250; kubectl kubeletaccess status',
    '2026-02-10 15:27:28 UTC | CORE | WARN | (kubelet.py:368) | GET on kubelet s `/stats/summary` failed: 403 Client Error: Forbidden for url: https://10.4.1.20:10250/stats/summary?verbose=True':
      "kubelet; caller-to-kubelet; forbidden; 10.4.1.20:10250; kubectl kubeletaccess check 'Datadog Agent'",
    'Error: Unable to detect the kubelet URL automatically: impossible to reach Kubelet with host: 172.31.3.12. Please check if your setup requires kubelet_tls_verify = false. Activate debug logs to see all attempts made':
      'unknown; caller-to-kubelet; unknown; 172.31.3.12; kubectl kubeletaccess status',
    '2026-07-03T13:16:16.966Z\terror\tkubeletstatsreceiver@v0.100.0/scraper.go:77\tcall to /stats/summary endpoint failed\t{"kind": "receiver", "name": "kubeletstats", "error": "Get \\"https://node-b7:10250/stats/summary\\": tls: failed to verify certificate: x509: certificate is not valid for any names, but wanted to match node-b7"}':
      'tls; caller-to-kubelet; name-mismatch; node-b7:10250; openssl s_client -connect node-b7:10250 -showcerts </dev/null',
    'time="2026-11-21T03:04:05Z" level=error msg="retrieving scraper data: retrieving kubelet data: kubelet data was not populated after trying all endpoints"':
      'unknown; caller-to-kubelet; unknown; -; kubectl kubeletaccess status',
    'time="2026-11-21T03:04:05Z" level=error msg="building scraper: connecting to kubelet using the connector: no connection succeeded through localhost: error calling endpoint https://10.0.0.5:10250/healthz. Got status code: 403"':
      "kubelet; caller-to-kubelet; forbidden; 10.0.0.5:10250; kubectl kubeletaccess check 'New Relic infrastructure'",
    "Error fetching data for metricset kubernetes.node: error doing HTTP request to fetch 'node' Metricset data: HTTP error 403 in : 403 Forbidden":
      "kubelet; caller-to-kubelet; forbidden; -; kubectl kubeletaccess check 'Elastic Agent'",
    '2026-01-01 00:00:00 UTC | CORE | WARN | (pkg/util/kubernetes/kubelet/kubelet.go:526 in setupKubeletAPIEndpoint) | Failed to securely reach the kubelet over HTTPS, received a status 403. Trying a non secure connection over HTTP. We highly recommend configuring TLS to access the kubelet':
      "kubelet; caller-to-kubelet; forbidden; -; kubectl kubeletaccess check 'Datadog Agent'",
  },
  "kube-apiserver's log": {
    'I0102 03:04:05.000006       1 rbac.go:116] RBAC DENY: user "kubernetes" groups ["Kubernetes" "system:authenticated"] cannot "create" resource "nodes/proxy" named "worker-4" cluster-wide':
      'kubelet; apiserver-to-kubelet; forbidden; -; kubectl kubeletaccess grant',
    'Jan 01 00:00:00 cp kube-apiserver[1930]: I0102 03:04:05.000006    1930 rbac.go:116] RBAC DENY: user "system:serviceaccount:mon:prom" groups ["system:serviceaccounts" "system:serviceaccounts:mon" "system:authenticated"] cannot "get" resource "nodes/metrics" named "w1" cluster-wide':
      'kubelet; caller-to-kubelet; forbidden; -; kubectl kubeletaccess grant --profile metrics --subject serviceaccount:NAMESPACE:NAME',
    'rbac.go:119] RBAC DENY: user "jane" groups ["system:authenticated"] cannot "get" resource "nodes/proxy" named "w1" cluster-wide':
      'apiserver; unknown; forbidden; -; -',
    'rbac.go:116] RBAC DENY: user "jane" groups ["dev" "system:authenticated"] cannot "get" resource "pods/log" named "web" in namespace "prod"':
      'apiserver; caller-to-apiserver; forbidden; -; -',
    'rbac.go:116] RBAC DENY: user "dev" groups ["system:authenticated"] cannot "get" resource "nodes/stats" named "w1" cluster-wide':
      'kubelet; caller-or-apiserver-to-kubelet; forbidden; -; kubectl kubeletaccess status',
    'status.go:71] apiserver received an error that is not an metav1.Status: &url.Error{Op:"Get", URL:"https://w1:10250/containerLogs/kube-system/weave/weave", Err:x509.HostnameError{Certificate:(*x509.Certificate)(0xc0030d8100), Host:"w1"}}':
      'tls; apiserver-to-kubelet; name-mismatch; w1:10250; openssl s_client -connect w1:10250 -showcerts </dev/null',
    'E0102 03:04:05.000006       1 status.go:64] apiserver received an error that is not an metav1.Status: &url.Error{Op:"Get", URL:"https://w1:10250/containerLogs/a/b/c", Err:(*net.OpError)(0xc01ec89270)}':
      'unknown; apiserver-to-kubelet; apiserver-cannot-reach-node; w1:10250; kubectl get nodes -o wide',
  },
  'missing metrics': {
    'error: metrics not available yet':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; server-error; -; kubectl -n kube-system logs deployment/metrics-server',
    'error: Metrics not available for pod default/tool, age: 177h19m9.7s':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; server-error; -; kubectl -n kube-system logs deployment/metrics-server',
    'metrics not available yet':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; server-error; -; kubectl -n kube-system logs deployment/metrics-server',
    'Error from server (NotFound): the server could not find the requested resource (get services http:heapster:)':
      'proxy-or-aggregated-api; caller-to-apiserver; server-error; -; kubectl version',
    'Error from server (NotFound): services "heapster" not found':
      'proxy-or-aggregated-api; caller-to-apiserver; server-error; -; kubectl version',
    'failed to sync schemas: unable to retrieve the complete list of server APIs: custom.metrics.k8s.io/v1beta1: the server is currently unable to handle the request':
      'proxy-or-aggregated-api; unknown; server-error; -; kubectl get apiservices',
  },
  'containers that do not run': {
    'error: unable to upgrade connection: container short not found in pod two_default':
      'kubelet; apiserver-to-kubelet; container-not-found; -; kubectl get pods -o wide',
    'error: container nosuch is not valid for pod web out of: main, short':
      'client; caller-to-apiserver; container-not-found; -; kubectl describe pod POD',
    'error: cannot attach a container in a completed pod; current phase is Failed':
      'client; caller-to-apiserver; container-not-found; -; kubectl get pods -o wide',
    'error: unable to forward port because pod is not running. Current status=Succeeded':
      'client; caller-to-apiserver; container-not-found; -; kubectl get pods -o wide',
    'Error from server (BadRequest): pod nonode does not have a host assigned':
      'apiserver; caller-to-apiserver; container-not-found; -; kubectl describe pod POD',
    'an error on the server ("container not found (\\"proxy\\")") has prevented the request from succeeding (get pods operation-bml2k)':
      'kubelet; apiserver-to-kubelet; container-not-found; -; kubectl get pods -o wide',
    'failed to get stats from kubelet url: http://10.0.0.12:10255/stats/default/web/0a1b/web - request failed - "404 Not Found", response: "no matching container\\n"':
      'kubelet; caller-to-kubelet; not-found; 10.0.0.12:10255; -',
    'error: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "0a1b": OCI runtime exec failed: exec failed: unable to start container process: operation not permitted: unknown':
      'kubelet; kubelet-to-container-runtime; container-runtime-failed; -; kubectl get pods -o wide',
    'error: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "0a1b": OCI runtime exec failed: exec failed: unable to start container process: exec: "bash": executable file not found in $PATH: unknown':
      'kubelet; kubelet-to-container-runtime; container-runtime-failed; -; kubectl debug -it POD --image=busybox --target=CONTAINER',
    'create port-forward error stream: Timeout occurred':
      'unknown; unknown; container-runtime-failed; -; kubectl get pods -o wide',
    'E0505 16:21:52.279993 1912197 portforward.go:413] "Unhandled Error" err="an error occurred forwarding 8080 -> 8080: error forwarding port 8080 to pod 0a1b, uid : network namespace for sandbox \\"0a1b\\" is closed"\nerror: lost connection to pod':
      'kubelet; kubelet-to-container-runtime; container-runtime-failed; -; kubectl get pods -o wide',
    'E0505 16:21:52.279993 1912197 portforward.go:406] an error occurred forwarding 8080 -> 8080: error forwarding port 8080 to pod 0a1b, uid : failed to find sandbox "0a1b" in store: not found':
      'kubelet; kubelet-to-container-runtime; container-runtime-failed; -; kubectl get pods -o wide',
    'E0102 22:10:52.632087   57705 portforward.go:310] An error occurred forwarding 8888 -> 80: Timed out waiting for data stream':
      'unknown; unknown; container-runtime-failed; -; kubectl get pods -o wide',
  },
  'cri-dockerd': {
    'error: Internal error occurred: error sending request: Post "//[::]:35557/cri/attach/t2": http: server gave HTTP response to HTTPS client':
      'tls; kubelet-to-container-runtime; runtime-without-tls; -; kubectl get nodes -o wide',
    'error: Internal error occurred: error sending request: Post "//[::]:35557/cri/portforward/t2": http: server gave HTTP response to HTTPS client':
      'tls; kubelet-to-container-runtime; runtime-without-tls; -; kubectl get nodes -o wide',
    'Internal error occurred: error sending request: Post "https://[::]:35557/cri/exec/t2": http: server gave HTTP response to HTTPS client':
      'tls; kubelet-to-container-runtime; runtime-without-tls; [::]:35557; kubectl get nodes -o wide',
  },
  'curl and a response without a URL': {
    '[root@m1 ~]# curl -sSk -H "Authorization: Bearer $TOKEN" https://n1:10250/pods\nForbidden (user=system:serviceaccount:a:b, verb=get, resource=nodes, subresource(s)=[pods proxy])':
      'kubelet; caller-to-kubelet; forbidden; n1:10250; kubectl create clusterrole kubelet-pods:NAME --verb=get --resource=nodes/pods && kubectl create clusterrolebinding kubelet-pods:NAME --clusterrole=kubelet-pods:NAME --serviceaccount=NAMESPACE:NAME',
    '$ curl -kv https://n1:10250/pods\n*   Trying 10.0.0.5:10250...\n* SSL certificate verify result: self signed certificate in certificate chain (19), continuing anyway.\n> GET /pods HTTP/1.1\n< HTTP/1.1 401 Unauthorized\n< Content-Length: 12\nUnauthorized':
      'kubelet; caller-to-kubelet; no-credential-accepted; n1:10250; kubectl kubeletaccess status',
    // A user of kube-apiserver, whose credential curl has.
    '$ curl -k -H "Authorization: Bearer $T" https://$NODE:$PORT/pods\nForbidden (user=kubernetes, verb=get, resource=nodes, subresource(s)=[pods proxy])':
      'kubelet; caller-to-kubelet; forbidden; HOST; kubectl create clusterrole kubelet-pods:NAME --verb=get --resource=nodes/pods && kubectl create clusterrolebinding kubelet-pods:NAME --clusterrole=kubelet-pods:NAME --user=NAME',
    '$ curl -k -H "Authorization: Bearer $T" $KUBELET/pods\nForbidden (user=kubernetes, verb=get, resource=nodes, subresource=proxy)':
      'kubelet; caller-to-kubelet; forbidden; HOST; -',
    '$ curl -k -H "Authorization: Bearer $T" $SERVER/api/v1/nodes/n1/proxy/pods\nForbidden (user=kubernetes, verb=get, resource=nodes, subresource=proxy)':
      'kubelet; apiserver-to-kubelet; forbidden; HOST; kubectl kubeletaccess grant',
    '$ curl -k https://n1:10250/\n404 page not found':
      'kubelet; caller-to-kubelet; not-found; n1:10250; -',
  },
  colours: {
    '^[[31mError from server: error dialing backend: dial tcp 10.0.0.5:10250: i/o timeout^[[0m':
      'network; apiserver-to-kubelet; connection-timed-out; 10.0.0.5:10250; kubectl get nodes -o wide',
    '\u001b]8;;https://x\u001b\\Forbidden\u001b]8;;\u001b\\ (user=Kubernetes, verb=get, resource=nodes, subresource=proxy)':
      'kubelet; apiserver-to-kubelet; forbidden; -; kubectl kubeletaccess grant',
  },
  'line ends': {
    '{\r\n  "kind": "Status",\r\n  "message": "Unauthorized",\r\n  "reason": "Unauthorized",\r\n  "code": 401\r\n}\r\n':
      'apiserver; caller-to-apiserver; no-credential-accepted; -; kubectl auth whoami',
    'Error from server: error dialing backend: x509: certificate signed by unknown authority\rError from server: No agent available\r':
      'proxy-or-aggregated-api; apiserver-to-konnectivity; apiserver-cannot-reach-node; -; kubectl -n kube-system get pods -o wide -l k8s-app=konnectivity-agent | tls; apiserver-to-kubelet; untrusted-ca; -; kubectl kubeletaccess status',
  },
  'lines side by side': {
    'Get "https://10.0.0.1:10250/metrics": x509: certificate signed by unknown authority\ncould not reach the mail server after three attempts: connection refused':
      'tls; caller-to-kubelet; untrusted-ca; 10.0.0.1:10250; openssl s_client -connect 10.0.0.1:10250 -showcerts </dev/null',
    'Error from server: error dialing backend: dial tcp 10.0.0.1:10250: connect: connection refused\nGet "https://10.0.0.2:10250/metrics": x509: certificate signed by unknown authority':
      'network; apiserver-to-kubelet; connection-refused; 10.0.0.1:10250; ssh NODE journalctl -u kubelet -n 100 --no-pager | kubectl kubeletaccess explain - | tls; caller-to-kubelet; untrusted-ca; 10.0.0.2:10250; openssl s_client -connect 10.0.0.2:10250 -showcerts </dev/null',
  },
  'several names in a certificate': {
    'Get "https://n2:10250/metrics/resource": x509: certificate is valid for n1, 10.0.0.1, not n2':
      'tls; caller-to-kubelet; name-mismatch; n2:10250; openssl s_client -connect n2:10250 -showcerts </dev/null',
    'x509: certificate is valid for 10.0.0.1, <node ip>, not 10.0.0.2':
      'tls; unknown; name-mismatch; -; kubectl kubeletaccess status',
    '> Get "https://node-3:10250/stats/summary": x509: certificate is valid for\n> node-1, node-2, not node-3':
      'tls; caller-to-kubelet; name-mismatch; node-3:10250; openssl s_client -connect node-3:10250 -showcerts </dev/null',
    '$ sudo microk8s.kubectl logs <podname>\nError from server: (...) tls: failed to verify certificate: x509: certificate is valid for <IPv4 addr>, <IPv6 addr>, not 10.0.1.1':
      'tls; apiserver-to-kubelet; name-mismatch; -; kubectl kubeletaccess status',
    'Error from server: x509: certificate signed by unknown authority':
      'tls; apiserver-to-kubelet; untrusted-ca; -; kubectl kubeletaccess status',
  },
  'tunnels of other kinds': {
    'Error from server: No SSH tunnels currently open. Were the targets able to accept an ssh-key for user "gke-abc"?':
      'proxy-or-aggregated-api; apiserver-to-kubelet; apiserver-cannot-reach-node; -; kubectl get nodes -o wide',
    'Error from server: error dialing backend: proxy error':
      'unknown; apiserver-to-kubelet; apiserver-cannot-reach-node; -; kubectl get nodes -o wide',
  },
  'certificates by other TLS libraries': {
    'curl: (60) server certificate verification failed. CAfile: /etc/ssl/certs/ca-certificates.crt CRLfile: none':
      'tls; unknown; untrusted-ca; -; kubectl kubeletaccess status',
    "$ curl https://node1:10250/metrics\ncurl: (60) Peer's certificate issuer has been marked as not trusted by the user.":
      'tls; caller-to-kubelet; untrusted-ca; node1:10250; openssl s_client -connect node1:10250 -showcerts </dev/null',
    'curl: (60) schannel: CertGetCertificateChain trust error CERT_TRUST_IS_UNTRUSTED_ROOT':
      'tls; unknown; untrusted-ca; -; kubectl kubeletaccess status',
    'curl: (60) schannel: CertGetCertificateChain trust error CERT_TRUST_IS_PARTIAL_CHAIN':
      'tls; unknown; untrusted-ca; -; kubectl kubeletaccess status',
    '# curl https://10.0.0.3:10250/pods\ncurl: (60) SSL certificate problem: Invalid certificate chain':
      'tls; caller-to-kubelet; untrusted-ca; 10.0.0.3:10250; openssl s_client -connect 10.0.0.3:10250 -showcerts </dev/null',
    'curl: (60) schannel: SEC_E_UNTRUSTED_ROOT (0x80090325) - The certificate chain was issued by an authority that is not trusted.':
      'tls; unknown; untrusted-ca; -; kubectl kubeletaccess status',
    'Get "https://10.0.0.3:10250/metrics": tls: failed to verify certificate':
      'tls; caller-to-kubelet; untrusted-ca; 10.0.0.3:10250; openssl s_client -connect 10.0.0.3:10250 -showcerts </dev/null',
  },
  'certificate requests in other words': {
    'csr-8vnps   5m   system:node:w1   Pending':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'csr-8vnps   5m   system:node:w1   Denied':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'csr-8vnps   2d   kubernetes.io/kubelet-serving   admin   <none>   Denied':
      'tls; unknown; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'csr-abcde   12m   kubernetes.io/kubelet-serving   system:serviceaccount:a:b   Pending':
      'tls; unknown; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'certificate signing request is denied, reason: kubelet-serving SAN not allowed, message: "bad ip"':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'E0101 00:00:00.000001    1234 certificate_manager.go:471] kubernetes.io/kubelet-serving: certificate signing request is denied, reason: NotAllowed, message: no':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
  },
  'autoscalers without metrics': {
    'failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; server-error; -; kubectl -n kube-system logs deployment/metrics-server',
    'Warning  FailedGetResourceMetric  1s  horizontal-pod-autoscaler  unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; server-error; -; kubectl get apiservice v1beta1.metrics.k8s.io',
    'the server could not find the requested resource (get nodes.metrics.k8s.io)':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; server-error; -; kubectl get apiservice v1beta1.metrics.k8s.io',
    'no metrics known for node "w1"':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; server-error; -; kubectl get apiservice v1beta1.metrics.k8s.io',
  },
  'folded and commented': {
    '// Error from server: Get "https://10.0.0.3:10250/containerLogs/a/b/c":\n// dial tcp 10.0.0.3:10250: connect: connection refused':
      'network; apiserver-to-kubelet; connection-refused; 10.0.0.3:10250; ssh NODE journalctl -u kubelet -n 100 --no-pager | kubectl kubeletaccess explain -',
    '> Error from server (Forbidden): nodes "n1" is forbidden: User "jane" cannot get\n> resource "nodes/proxy" in API group "" at the\n> cluster scope':
      'apiserver; caller-to-apiserver; forbidden; -; -',
    'Forbidden\nuser=system:serviceaccount:monitoring:prometheus\nverb=get\nresource=nodes\nsubresource=metrics':
      'kubelet; caller-to-kubelet; forbidden; -; kubectl kubeletaccess grant --profile metrics --subject serviceaccount:NAMESPACE:NAME',
  },
  'failures of a container runtime': {
    'error forwarding port 7687 to pod 0a1b, uid : failed to execute portforward in network namespace "/var/run/netns/cni-0a": read tcp4 127.0.0.1:46540->127.0.0.1:7687: read: connection reset by peer':
      'unknown; kubelet-to-container-runtime; container-runtime-failed; 127.0.0.1:7687; kubectl get pods -o wide',
    'failed to get container status {"" ""}: rpc error: code = OutOfRange desc = EOF':
      'kubelet; kubelet-to-container-runtime; container-runtime-failed; -; kubectl get pods -o wide',
    '$ kubectl logs -l app=x\nError from server (BadRequest): container "app" in pod "x-1" is not available':
      'kubelet; apiserver-to-kubelet; container-not-found; -; kubectl get pods -o wide',
    '# kubectl logs web\nError from server (InternalError): an error on the server ("unknown") has prevented the request from succeeding (get pods web)':
      'unknown; unknown; server-error; -; kubectl get nodes -o wide',
    'Error from server (InternalError): an error on the server ("unknown") has prevented the request from succeeding (get pods web)':
      '',
    'E0819 01:02:03.000004   73802 portforward.go:400] an error occurred forwarding 8080 -> 80: error forwarding port 80 to pod 0a1b2c, uid : failed to execute portforward in network namespace "/var/run/netns/cni-0a": failed to connect to localhost:80 inside namespace "0a1b2c", IPv4: dial tcp4 127.0.0.1:80: connect: connection refused':
      'unknown; kubelet-to-container-runtime; container-runtime-failed; localhost:80; kubectl get pods -o wide',
    '$ kubectl exec web foo\nrpc error: code = 13 desc = invalid header field value "oci runtime error: exec failed: container_linux.go:247: starting container process caused \\"exec: \\\\\\"foo\\\\\\": executable file not found in $PATH\\"\\n"':
      'kubelet; kubelet-to-container-runtime; container-runtime-failed; -; kubectl debug -it POD --image=busybox --target=CONTAINER',
    'kubectl exec -it web -- bash\nrpc error: code = 2 desc = oci runtime error: exec failed: container_linux.go:235: starting container process caused "read parent: connection reset by peer"\ncommand terminated with exit code 126':
      'kubelet; kubelet-to-container-runtime; container-runtime-failed; -; kubectl get pods -o wide',
    '$ ./kubectl.sh exec -it web ls\nOCI runtime exec failed: exec failed: container_linux.go:336: starting container process caused "process_linux.go:86: executing setns process caused \\"exit status 22\\"": unknown\ncommand terminated with exit code 126':
      'kubelet; kubelet-to-container-runtime; container-runtime-failed; -; kubectl get pods -o wide',
    '$ oc rsh web\nOCI runtime exec failed: exec failed: unable to start container process: exec: "bash": executable file not found in $PATH: unknown':
      'kubelet; kubelet-to-container-runtime; container-runtime-failed; -; kubectl debug -it POD --image=busybox --target=CONTAINER',
  },
  'proxies and tunnels in between': {
    '$ kubectl exec -it web -- sh\nError from server: error dialing backend: remote error':
      'tls; apiserver-to-kubelet; handshake-failed; -; kubectl kubeletaccess status',
    '$ kubectl exec -ti web -- sh\nerror: Timeout occured':
      'unknown; unknown; unknown; -; kubectl kubeletaccess status --streams',
    '$ kubectl exec -ti web -- sh\nerror: unable to upgrade connection: unable to read error from server response':
      'unknown; unknown; unknown; -; kubectl kubeletaccess status --streams',
    'error: Timeout occurred': '',
    'error dialing backend: proxy error from vpn-seed-server:9443 while dialing 10.250.0.7:10250, code 503: 503 Service Unavailable':
      'proxy-or-aggregated-api; apiserver-to-kubelet; apiserver-cannot-reach-node; 10.250.0.7:10250; kubectl -n kube-system get pods -o wide -l app=vpn-shoot',
    'error: unable to upgrade connection: Misdirected Request':
      'proxy-or-aggregated-api; unknown; proxy-failed; -; kubectl cluster-info',
    'error: unable to upgrade connection: malformed HTTP response "\\x00\\x00\\x18\\x04\\x00\\x00\\x00"':
      'proxy-or-aggregated-api; unknown; not-http; -; kubectl cluster-info',
    'The only output is "[fatal] Upgrade request required"':
      'proxy-or-aggregated-api; caller-to-apiserver; upgrade-dropped; -; kubectl kubeletaccess status --streams',
    '"could not read stream" err="rpc error: code = Unavailable desc = error reading from server: EOF" serverID="5f35" agentID="f6f0"':
      'proxy-or-aggregated-api; apiserver-to-konnectivity; apiserver-cannot-reach-node; -; kubectl -n kube-system get pods -o wide -l k8s-app=konnectivity-agent',
    'level=error msg="Failed to connect to proxy" error="dial tcp: i/o timeout" url="wss://rancher.example.com/v3/connect"':
      '',
    'kube-apiserver[410]: I1203 http: Accept error: accept tcp [::]:6443: accept4: too many open files; retrying in 1s':
      '',
  },
  'nodes that may not join': {
    'User "system:node:n1" cannot get configmaps in the namespace "kube-system".: "no path found to object"':
      'apiserver; kubelet-to-apiserver; forbidden; -; kubectl get pods -A -o wide',
    'User "system:node:" cannot create nodes at the cluster scope.: "unknown node for user \\"system:node:\\""':
      'apiserver; kubelet-to-apiserver; forbidden; -; kubectl get pods -A -o wide',
    'configmaps "kubelet-config-1.12" is forbidden: User "system:bootstrap:ab" cannot get configmaps in the namespace "kube-system"':
      'apiserver; kubelet-to-apiserver; forbidden; -; kubectl -n kube-system get configmaps,roles,rolebindings',
    'Unable to authenticate the request due to an error: context canceled': '',
    'level=error msg="Failed to retrieve agent config: Node password rejected, duplicate hostname or contents of \'/etc/rancher/node/password\' may not match server node-passwd entry"':
      'apiserver; kubelet-to-apiserver; no-credential-accepted; -; kubectl -n kube-system get secrets',
    'ERRO[2019-05-10T09:41:09.748260722Z] Node password validation failed for [n1]':
      'apiserver; kubelet-to-apiserver; no-credential-accepted; -; kubectl -n kube-system get secrets',
    'ERRO[2019-05-10T09:41:09.748260722Z] https://10.0.0.1:6443/v1-k3s/node.crt: 403 Forbidden':
      'apiserver; kubelet-to-apiserver; no-credential-accepted; 10.0.0.1:6443; kubectl -n kube-system get secrets',
    'https://10.0.0.1:9345/v1-rke2/serving-kubelet.crt: 401 Unauthorized':
      'apiserver; kubelet-to-apiserver; no-credential-accepted; 10.0.0.1:9345; kubectl -n kube-system get secrets',
    'kubelet[2867174]: I0301 13:36:08.868237 2867174 httplog.go:131] "HTTP" verb="GET" URI="/stats/summary" latency="6.9ms" userAgent="x" audit-ID="" srcIP="10.0.0.9:49134" resp=403':
      'kubelet; caller-to-kubelet; forbidden; -; kubectl kubeletaccess grant --profile stats --subject serviceaccount:NAMESPACE:NAME',
  },
  "kubelets' words without a URL": {
    'E1031 10:54:15.215894       1 kubelet.go:334] Failed to load nodes: nodes is forbidden: User "system:serviceaccount:kube-system:heapster" cannot list nodes at the cluster scope':
      'apiserver; caller-to-apiserver; forbidden; -; -',
    'rbac.go:87] RBAC DENY: user "kubelet-bootstrap" groups ["system:kubelet-bootstrap" "system:authenticated"] cannot "create" resource "events" in namespace "default"':
      'apiserver; kubelet-to-apiserver; forbidden; -; kubectl get csr',
    'Requesting any debugging handler stopped working (error: You must be logged in to the server (the server has asked for the client to provide credentials ( pods\n\nas the title says.':
      'kubelet; apiserver-to-kubelet; no-credential-accepted; -; kubectl kubeletaccess status',
    'certificatesigningrequests.certificates.k8s.io "csr-1" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kubelet-serving"':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'main.go:123] CSR csr-fvcvt not authorized: Missing SAN in DNSNames':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'kubelet_node_status.go:92] "Unable to register node with API server" err="nodes is forbidden: User \\"system:anonymous\\" cannot create r\nMay 13 15:40:18 n1 systemd[1]: Started.':
      'apiserver; kubelet-to-apiserver; forbidden; -; journalctl -u kubelet --since -10min',
    'error_class=SocketError error="Failed to open TCP connection to n1:10250 (getaddrinfo: Try again)"':
      'network; caller-to-kubelet; name-does-not-resolve; n1:10250; kubectl get nodes -o wide',
    'bootstrap.go:195] Part of the existing bootstrap client certificate is expired: 2026-01-01 00:00:00 +0000 UTC':
      'kubelet; kubelet-to-apiserver; no-credential-accepted; -; kubectl get csr',
    "May 04 16:49:58 n1 kubelet[1039]: E0504 16:49:58.000001    1039 event.go:202] Unable to write event: 'dial tcp: lookup kube.example.com: no such host' (may retry after sleeping)":
      'network; kubelet-to-apiserver; name-does-not-resolve; kube.example.com; journalctl -u kubelet --since -10min',
    'Error updating node status, error getting node "n1": Get https://10.0.0.1:6443/api/v1/nodes/n1: dial tcp 10.0.0.1:6443: network is unreachable':
      'network; kubelet-to-apiserver; no-route; 10.0.0.1:6443; journalctl -u kubelet --since -10min',
    'Error updating node status, will retry: failed to patch status "{}" for node "n1": etcdserver: request timed out':
      'apiserver; kubelet-to-apiserver; server-error; -; kubectl -n kube-system get pods -o wide',
    'Unable to register node "n1" with API server: Post https://10.0.0.1:6443/api/v1/nodes: dial tcp 10.0.0.1:6443:\nMay 01 00:00:00 n1 systemd[1]: Started.':
      'network; kubelet-to-apiserver; unknown; 10.0.0.1:6443; journalctl -u kubelet --since -10min',
    'E0225 09:23:21.876843    1230 reflector.go:125] object-"x"/"": Failed to list *v1.Secret: secrets is forbidden: User "system:node:n1" cannot list resource "secrets" in API group "" in the namespace "x": No Object name found':
      'apiserver; kubelet-to-apiserver; forbidden; -; kubectl get pods -A -o wide',
    'secrets "t" is forbidden: User "system:node:n1" cannot list resource "secrets" in API group "" in the namespace "kube-system": no relationship found between node "n1" and this object':
      'apiserver; kubelet-to-apiserver; forbidden; -; kubectl get pods -A -o wide',
    'csr csr-2tb49 not recognized as kubelet serving csr, tried: [certificatesigningrequests]':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'failed to get pods from Kubelet URL "n1:10250/pods": Get "n1:10250/pods": unsupported protocol scheme "n1"':
      'client; caller-to-kubelet; no-address; -; kubectl kubeletaccess status',
    'Error from server: Get "https://n1:10250/containerLogs/x/web/web": dial tcp: lookup n1: device or resource busy':
      'network; apiserver-to-kubelet; name-does-not-resolve; n1:10250; kubectl get nodes -o wide',
    '"Certificate signed by unknown authority" error while trying to run oc exec or oc logs commands':
      'tls; apiserver-to-kubelet; untrusted-ca; -; kubectl kubeletaccess status',
    'nodes.metrics.k8s.io is forbidden: User "system:serviceaccount:a:b" cannot list resource "nodes" in API group "[metrics.k8s.io](http://metrics.k8s.io/)" at the cluster scope':
      'apiserver; caller-to-apiserver; forbidden; -; -',
  },
  'other wordings': {
    'rpc error: code = NotFound desc = an error occurred when try to find container "0a1b2c3d4e5f6071": not found':
      'kubelet; kubelet-to-container-runtime; container-runtime-failed; -; kubectl get pods -o wide',
    "[kubelet-check] The HTTP call equal to 'curl -sSL http://localhost:10255/healthz/syncloop' failed with error: Get http://localhost:10255/healthz/syncloop: dial tcp [::1]:10255: getsockopt: connection refused.\n[kubelet-check] It seems like the kubelet isn't running or healthy.":
      'kubelet; caller-to-kubelet; kubelet-does-not-start; localhost:10255; systemctl status kubelet',
    "$ curl https://10.0.0.12:10250/metrics\ncurl: (60) SSL certificate problem: self-signed certificate\n\nand Prometheus tells\n\nx509: cannot validate certificate for 10.0.0.13 because it doesn't contain any IP SANs":
      'tls; caller-to-kubelet; self-signed-certificate; 10.0.0.12:10250; openssl s_client -connect 10.0.0.12:10250 -showcerts </dev/null | tls; caller-to-kubelet; name-mismatch; 10.0.0.13:10250; openssl s_client -connect 10.0.0.13:10250 -showcerts </dev/null',
    'Unable to register node "w-0" with API server: nodes "w-0" is forbidden: could not determine node from user "w-0"':
      'apiserver; kubelet-to-apiserver; forbidden; -; kubectl get nodes -o wide',
    'F0510 13:39:10.462024    1722 server.go:262] failed to run Kubelet: cannot create certificate signing request: certificatesigningrequests.certificates.k8s.io is forbidden: User "system:bootstrap:ab12cd" cannot create resource "certificatesigningrequests" in API group "certificates.k8s.io" at the cluster scope':
      'apiserver; kubelet-to-apiserver; forbidden; -; kubectl get clusterrolebindings -o wide',
    'F0510 13:39:10.462024    1722 server.go:262] failed to run Kubelet: cannot create certificate signing request: certificatesigningrequests.certificates.k8s.io is forbidden: User "kubelet-bootstrap" cannot create certificatesigningrequests.certificates.k8s.io at the cluster scope':
      'apiserver; kubelet-to-apiserver; forbidden; -; kubectl get clusterrolebindings -o wide',
    'failing or missing response from https://10.0.0.9:6443/apis/custom.metrics.k8s.io/v1beta1: bad status from https://10.0.0.9:6443/apis/custom.metrics.k8s.io/v1beta1: 403':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; server-error; 10.0.0.9:6443; kubectl get apiservice v1beta1.custom.metrics.k8s.io -o yaml',
    'I0101 10:00:00.000000   10347 round_trippers.go:405] GET https://0a1b.gr7.eu-west-1.eks.amazonaws.com/api?timeout=32s 401 Unauthorized in 469 milliseconds':
      'apiserver; caller-to-apiserver; no-credential-accepted; 0a1b.gr7.eu-west-1.eks.amazonaws.com; kubectl auth whoami',
    'I0101 10:00:00.000000   10347 round_trippers.go:632] "Response" verb="GET" url="https://10.0.0.1:6443/api?timeout=32s" status="401 Unauthorized" milliseconds=9':
      'apiserver; caller-to-apiserver; no-credential-accepted; 10.0.0.1:6443; kubectl auth whoami',
    'io.fabric8.kubernetes.client.KubernetesClientException: Upgrade request required':
      'proxy-or-aggregated-api; caller-to-apiserver; upgrade-dropped; -; kubectl kubeletaccess status --streams',
    '  string "message" (7) => string "Upgrade request required" (24)':
      'proxy-or-aggregated-api; caller-to-apiserver; upgrade-dropped; -; kubectl kubeletaccess status --streams',
    'error: unable to upgrade connection: Not Found':
      'unknown; apiserver-to-kubelet; not-found; -; kubectl get nodes -o wide',
    'Forbidden (user=system:serviceaccount:a:b, verb=proxy, namespace=, resource=nodes)':
      'kubelet; caller-to-kubelet; forbidden; -; -',
    'E0101 00:00:00.000001    1234 webhook.go:154] Failed to make webhook authorizer request: Post "https://10.0.0.1:6443/apis/authorization.k8s.io/v1/subjectaccessreviews": dial tcp 10.0.0.1:6443: connect: connection refused\nE0101 00:00:00.000001    1234 server.go:310] "Authorization error" err="x" user="kube-apiserver-kubelet-client" verb="get" resource="nodes" subresource="proxy"':
      'network; kubelet-to-apiserver; connection-refused; 10.0.0.1:6443; journalctl -u kubelet --since -10min',
    'nodes "x" is forbidden: User "a@b.c" cannot get resource "nodes/proxy" in API group "" at the cluster scope: GKE Warden authz [denied by managed-namespaces-limitation]: the namespace is managed':
      'apiserver; caller-to-apiserver; forbidden; -; kubectl auth whoami',
    'unable to fetch metrics from node w1: unable to extract connection information for node "w1": node w1 had no addresses that matched types [ExternalIP]':
      "client; caller-to-kubelet; no-address; -; kubectl get nodes -o custom-columns='NAME:.metadata.name,ADDRESSES:.status.addresses'",
    'error: unable to upgrade: missing upgrade headers in request: map[string][]string{"Accept":[]string{"*/*"}}':
      'proxy-or-aggregated-api; caller-to-apiserver; upgrade-dropped; -; kubectl kubeletaccess status --streams',
    'E0101 00:00:00.000001    4242 portforward.go:400] an error occurred forwarding 8080 -> 80: error forwarding port 80 to pod 0a1b, uid : unable to do port forwarding: socat not found':
      'kubelet; kubelet-to-container-runtime; container-runtime-failed; -; kubectl get pods -o wide',
    '[info] [filter:kubernetes:kubernetes.0] testing connectivity with Kubelet...\n[warn] [filter:kubernetes:kubernetes.0] could not get meta for POD fluent-bit-abc':
      'unknown; caller-to-kubelet; unknown; -; kubectl kubeletaccess status',
    'Our kubelet gives connection refused to everybody since the upgrade':
      'network; unknown; connection-refused; -; kubectl kubeletaccess status',
    'Error from server: Get "https://10.0.0.3:10250/containerLogs/x/y/z": net/http: request canceled while waiting for connection (Client.Timeout exceeded)\n  context deadline exceeded\n dial tcp 10.0.0.3:10250: i/o timeout':
      'network; apiserver-to-kubelet; connection-timed-out; 10.0.0.3:10250; kubectl get nodes -o wide',
    'Error from server: Get "https://10.0.0.5:10350/containerLogs/default/web/web": dial tcp 10.0.0.5:10350: connect: connection refused':
      'network; apiserver-to-kubelet; connection-refused; 10.0.0.5:10350; kubectl -n kubeedge get pods -o wide',
    '$ kubectl --server=http://localhost:8001 exec -ti web -- sh\nError from server: Upgrade request required':
      'proxy-or-aggregated-api; caller-to-apiserver; upgrade-dropped; -; kubectl kubeletaccess status --streams',
    '==== START logs for container dns of pod kube-system/dns-0 ====\nRequest log error: an error on the server ("unknown") has prevented the request from succeeding (get pods dns-0)':
      'unknown; apiserver-to-kubelet; server-error; -; kubectl get pods -o wide',
    'unable to stream logs: an error on the server ("unknown") has prevented the request from succeeding (get pods build-7)':
      'unknown; apiserver-to-kubelet; server-error; -; kubectl get pods -o wide',
    '> Error from server remote error: tls: internal error':
      'tls; apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    "cannot validate certificate for 10.0.0.7 because it doesn't contain any IP SANs":
      'tls; unknown; name-mismatch; -; kubectl kubeletaccess status',
    '$ oc get --raw "/api/v1/nodes/n1:10250/proxy/metrics/foo"\nError from server (NotFound): the server could not find the requested resource':
      'kubelet; apiserver-to-kubelet; not-found; -; -',
    'curl -sSL http://localhost:8001/api/v1/proxy/nodes/$NODE_NAME/configz\nand it returns as follow:\n{\n  "kind": "Status",\n  "metadata": {\n\n  },\n  "status": "Failure",\n  "message": "the server could not find the requested resource",\n  "reason": "NotFound",\n  "details": {\n  },\n  "code": 404\n}':
      'apiserver; caller-to-apiserver; not-found; -; -',
    'curl http://127.0.0.1:8001/api/v1/nodes/n1/proxy/metrics/cadvisor\n{\n  "kind": "Status",\n  "metadata": {\n\n  },\n  "status": "Failure",\n  "message": "nodes \\"n1\\" not found",\n  "reason": "NotFound",\n  "details": {\n  },\n  "code": 404\n}':
      'apiserver; caller-to-apiserver; not-found; 127.0.0.1:8001; kubectl get nodes',
  },
  'clients other than kubectl': {
    'io.fabric8.kubernetes.client.KubernetesClientException: container not found ("build")\n\tat io.fabric8.kubernetes.client.dsl.internal.ExecWebSocketListener.onFailure(ExecWebSocketListener.java:239)':
      'kubelet; apiserver-to-kubelet; container-not-found; -; kubectl get pods -o wide',
    'io.fabric8.kubernetes.client.KubernetesClientException: pod does not exist':
      'kubelet; apiserver-to-kubelet; not-found; -; kubectl get nodes -o wide',
    'root@n1:~# openssl s_client -connect 10.0.0.7:10250 | openssl x509 -text | grep -E "Before|After"\ndepth=1 CN = n1-ca@1623070697\nverify error:num=19:self signed certificate in certificate chain':
      'tls; caller-to-kubelet; untrusted-ca; 10.0.0.7:10250; openssl s_client -connect 10.0.0.7:10250 -showcerts </dev/null',
    'openssl s_client -servername n1 -connect n1:10250\n139:error:14094438:SSL routines:ssl3_read_bytes:tlsv1 alert internal error:s3_pkt.c:1493:SSL alert number 80':
      'tls; caller-to-kubelet; no-serving-certificate-yet; n1:10250; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    "component.js:102 WebSocket connection to 'wss://[container_url]/exec?container=[container_name]&stdout=1&stdin=1&stderr=1&tty=1&command=%2Fbin%2Fsh' failed: Error during WebSocket handshake: Unexpected response code: 500":
      'unknown; unknown; server-error; -; kubectl get pods -o wide',
    'io.fabric8.kubernetes.client.KubernetesClientException: Failure executing: GET at: http://10.0.0.1:6443/api/v1/namespaces/ci/pods/x. Message: Bad Request.':
      'client; caller-to-apiserver; not-http; 10.0.0.1:6443; kubectl cluster-info',
    'io.fabric8.kubernetes.client.KubernetesClientException: Failure executing: GET at: https://10.0.0.1:6443/api/v1/namespaces/ci/pods/x. Message: Unauthorized. Received status: Status(apiVersion=v1, code=401, details=null, kind=Status, message=Unauthorized)':
      'apiserver; caller-to-apiserver; no-credential-accepted; 10.0.0.1:6443; kubectl auth whoami',
    "If you don't see a command prompt, try pressing enter.\nError attaching, falling back to logs: Upgrade request required":
      'proxy-or-aggregated-api; caller-to-apiserver; upgrade-dropped; -; kubectl kubeletaccess status --streams',
    'telepresence: error: connection error: desc = "transport: Error while dialing Upgrade request required"':
      'proxy-or-aggregated-api; caller-to-apiserver; upgrade-dropped; -; kubectl kubeletaccess status --streams',
    'Error with k8sPortForwardDialer dial: Upgrade request required':
      'proxy-or-aggregated-api; caller-to-apiserver; upgrade-dropped; -; kubectl kubeletaccess status --streams',
    "E0320 10:59:05.041917       1 manager.go:101] Error in scraping containers from kubelet_summary:10.0.0.7:10250: Get https://...:10250/stats/summary/: x509: cannot validate certificate for ... because it doesn't contain any IP SANs":
      'tls; caller-to-kubelet; name-mismatch; HOST:10250; openssl s_client -connect HOST:10250 -showcerts </dev/null',
    "CalledProcessError(1, ['ssh', 'agent', 'kubectl', 'exec', 'rp-5', '-c=db', '--', 'bash', '-c', '\"curl -f -s -S http://localhost:9644/metrics\"'], '', 'Error from server: error dialing backend: No agent available\n')":
      'proxy-or-aggregated-api; apiserver-to-konnectivity; apiserver-cannot-reach-node; -; kubectl -n kube-system get pods -o wide -l k8s-app=konnectivity-agent',
    ' ./kubeletctl --cacert ca.crt --cert client.pem --key client.pem -s 10.0.0.4  exec -p web -c web ls\nFailed with error unable to upgrade connection: Unauthorized':
      'kubelet; caller-to-kubelet; no-credential-accepted; -; kubectl kubeletaccess status',
    '# kubeletctl exec "ls /" -p web -c web -s 10.0.0.4\nunable to upgrade connection: Unauthorized':
      'kubelet; caller-to-kubelet; no-credential-accepted; 10.0.0.4:10250; kubectl kubeletaccess status',
  },
  'logs of other programs': {
    'E0124 15:11:57.110928    2252 kubelet_node_status.go:92] "Unable to register node with API server" err="Unauthorized" node="n1"':
      'apiserver; kubelet-to-apiserver; no-credential-accepted; -; journalctl -u kubelet --since -10min',
    'E0907 13:25:13.009215    1817 proxy_server.go:144] Error while proxying request: dial tcp 192.168.99.100:8443: i/o timeout':
      'network; caller-to-apiserver; connection-timed-out; 192.168.99.100:8443; kubectl cluster-info',
    'Nov 29 11:37:04 n1 kubelet[14961]: I1129 11:37:04.940673   14961 logs.go:49] http: TLS handshake error from 172.16.10.202:41160: no serving certificate av...the kubelet':
      'kubelet; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'ERROR | dd.collector | collector(kubeutil.py:209) | Failed to initialize kubelet connection. Will retry 0 time(s). Error: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (_ssl.c:661)':
      'tls; caller-to-kubelet; untrusted-ca; -; kubectl kubeletaccess status',
    'I0301 06:49:50.513025       6 kubelet_client.go:99] GetNodeRunningPods err: Unauthorized':
      'kubelet; caller-to-kubelet; no-credential-accepted; -; kubectl kubeletaccess status',
    'E0524 14:01:51.602635       1 tunnel.go:74] "currently no tunnels available" err="No backend available"':
      'proxy-or-aggregated-api; apiserver-to-kubelet; apiserver-cannot-reach-node; -; kubectl get nodes -o wide',
    'kubelet[25170]: E0529 14:18:56.794752   25170 certificate_manager.go:378] Certificate request was not signed: timed out waiting for the condition':
      'tls; caller-or-apiserver-to-kubelet; no-serving-certificate-yet; -; kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
    'E0101 00:00:00.000001    1234 kubelet_node_status.go:113] "Unable to register node with API server" err="nodes \\"rocky\\" is forbidden: User \\"system:node:other\\" cannot get resource \\"nodes\\" in API group \\"\\" at the cluster scope: node \'other\' cannot read \'rocky\', only its own Node object" node="rocky"':
      'apiserver; kubelet-to-apiserver; forbidden; -; kubectl get nodes -o wide',
    'E1107 19:20:52.384524   13190 reflector.go:205] k8s.io/kubernetes/pkg/kubelet/kubelet.go:422: Failed to list *v1.Node: Get https://master:8443/api/v1/nodes?limit=1: dial tcp: lookup master on 10.20.20.1:53: no such host':
      'network; kubelet-to-apiserver; name-does-not-resolve; master:8443; journalctl -u kubelet --since -10min',
    'clusterroles.rbac.authorization.k8s.io "flannel" is forbidden: User "system:node:test" cannot get resource "clusterroles" in API group "rbac.authorization.k8s.io" at the cluster scope':
      'apiserver; caller-to-apiserver; forbidden; -; kubectl auth whoami',
    'unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: the server is currently unable to handle the request':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; server-error; -; kubectl get apiservice v1beta1.metrics.k8s.io',
    'It has been 5m0s since a valid client cert was found, but the server is not responsive. A restart may be necessary to retrieve new initial credentials.':
      'kubelet; kubelet-to-apiserver; no-credential-accepted; -; journalctl -u kubelet --since -10min',
    '10.0.0.15: {"ts":1677009329531.4927,"caller":"kubelet/kubelet_node_status.go:92","msg":"Unable to register node with API server","node":{"name":"n1"},"err":"Unauthorized"}':
      'apiserver; kubelet-to-apiserver; no-credential-accepted; -; journalctl -u kubelet --since -10min',
    'E0130 02:35:20.002006       1 provider.go:186] unable to fetch CPU metrics for pod shop/web-0, skipping\nE0130 02:35:20.002032       1 reststorage.go:144] unable to fetch pod metrics for pod shop/web-0: no metrics known for pod':
      'proxy-or-aggregated-api; apiserver-to-aggregated-api; server-error; -; kubectl get apiservice v1beta1.metrics.k8s.io',
  },
};
