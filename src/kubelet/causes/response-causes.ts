import { command } from '../../text/command.ts';
import {
  allowed,
  forKubelets,
  type Pattern,
  restart,
  unchecked,
  type WrittenCause,
  wrongServer,
} from './cause-entry.ts';
import { checkCommand, kubeletLogCommand, statusCommand } from './hop.ts';
import { streamAnswer, streamsCommand } from './stream-causes.ts';

const checkMetricsServer = checkCommand('metrics-server');
const metricsService = 'kubectl get apiservice v1beta1.metrics.k8s.io';
const metricsServerLog = 'kubectl -n kube-system logs deployment/metrics-server';
const noPrevious = /previous terminated container "[^"]{1,260}" in pod "[^"]{1,260}" not found/;

const plainHttp = {
  text: /Failure executing: [A-Z]{3,7} at: http:\/\/\S{1,600} Message: Bad Request\b|RestClient::BadRequest error="400 Bad Request|returned HTTP status 400|request failed - "400 Bad Request"(?!, response: "[^"])|\b400 Client Error: Bad Request for url: http:/,
  who: 'client',
  sentence: ({ at }) =>
    `what answered${at} did not understand the request (400), and the text does not say why: a server of TLS, such as a kubelet at port 10250, answers so to a client that sends plain HTTP`,
  remedy: 'use https:// in the address',
} as const satisfies Pattern;

const unavailable = {
  text: /the server is currently unable to handle the request(?: \([^)]{0,300}\))?/,
  who: 'proxy-or-aggregated-api',
  sentence:
    'the API server answered 503: something behind it (an aggregated API or a node) did not answer; permissions were not checked',
  remedy: '',
  hints: ['kubectl get apiservices', statusCommand],
} as const satisfies Pattern;

export const responseCauses = {
  'headers-too-large': {
    rank: 88,
    layer: 'http',
    anchors: /headers of its answer|response headers exceeded/,
    codes: ['HPE_HEADER_OVERFLOW'],
    texts: [
      {
        text: /server response headers exceeded \d{1,12} bytes|the headers of its answer are too large/,
      },
    ],
    examples: ['net/http: server response headers exceeded 10485760 bytes; aborted'],
    reason: 'the headers of its answer are too large',
    sentence: ({ to, at }) =>
      `the server${at || ' at that address'} sent larger headers than a client accepts: it is not ${to}, or a proxy or load balancer adds headers`,
    remedy: forKubelets(wrongServer),
  },

  'not-http': {
    rank: 90,
    layer: 'http',
    anchors: /bad request|does not speak|malformed HTTP|HTTP request|HTTP\/0\.9|\\x15/,
    transport: ({ code }) => code.startsWith('HPE_'),
    texts: [
      {
        // The response to plain HTTP is a TLS alert, which begins with 0x15, or a sentence of the server.
        text: /malformed HTTP response "\\*x15|sent an HTTP request to an HTTPS server|Received HTTP\/0\.9 when not allowed/,
        who: 'client',
        sentence: ({ hop }) =>
          hop === 'apiserver-to-kubelet'
            ? 'kube-apiserver sent plain HTTP to a port of the kubelet that speaks TLS'
            : 'the client sent plain HTTP to a port that speaks TLS: its address must begin with https://',
        remedy: ({ hop }) =>
          hop === 'apiserver-to-kubelet'
            ? 'take --kubelet-https=false, which API servers before 1.19 obey, from the arguments of kube-apiserver'
            : 'use https:// in the address',
      },
      {
        text: /malformed HTTP (?:response(?! "\\*x00\\*x00)|status code|version)|does not speak HTTP/,
      },
    ],
    responses: [
      {
        // The response begins with the first bytes of an HTTP/2 connection.
        text: /malformed HTTP response "\\*x00\\*x00[^"\n]{0,100}/,
        hop: 'unknown',
        who: 'proxy-or-aggregated-api',
        sentence: `what answered speaks HTTP/2, in which no connection can be upgraded: a proxy or load balancer in front of the API server, or between it and the kubelet, must speak HTTP/1.1 for exec, attach and port-forward; ${allowed}`,
        remedy: 'let the proxy or load balancer speak HTTP/1.1 to its clients and servers',
        hints: ['kubectl cluster-info', statusCommand],
      },
      {
        ...plainHttp,
        when: ({ hop, isSecure }) => hop === 'caller-to-kubelet' && isSecure !== true,
      },
      {
        ...plainHttp,
        when: ({ hop, isSecure }) => hop === 'caller-to-apiserver' && isSecure !== true,
        hop: 'caller-to-apiserver',
      },
    ],
    examples: ['malformed HTTP response "SSH-2.0-OpenSSH_9.6"'],
    reason: 'what listens there does not speak HTTP',
    sentence: ({ to, at }) =>
      `the server${at || ' at that address'} does not speak HTTP: it is not ${to}, or a proxy or load balancer is in front of it`,
    remedy: forKubelets(wrongServer),
  },

  'not-found': {
    rank: 230,
    layer: 'kubelet',
    anchors: /does not exist|find the requested resource|not found/,
    response: (status, body) => status === 404 || (status === 400 && noPrevious.test(body)),
    responses: [
      {
        text: noPrevious,
        response: (_, body) => noPrevious.test(body),
        sentence:
          'the container has not been restarted, and so has no log of an earlier instance; permissions are not involved',
        remedy: 'leave out -p (--previous) for the log of the running container',
      },
      {
        // Response to a request for the statistics of one container, as Heapster sent it.
        text: /"404 Not Found", response: "no matching container\b/,
        sentence:
          'the kubelet has no such container: it ended, or has not begun; permissions are not involved',
        remedy: 'read /stats/summary at port 10250: it has all containers that run',
      },
      {
        text: /the server could not find the requested resource ?\( pods\/log/,
        sentence:
          'the kubelet has no such pod or container (404): it may have just been deleted, or the address of the Node object belongs to another node',
        remedy: '',
        hints: ['kubectl get pods -o wide', statusCommand],
      },
      {
        text: /unable to upgrade connection: 404 page not found/,
        sentence:
          'the kubelet does not serve exec, attach or port-forward (404): its debugging handlers are off (enableDebuggingHandlers: false), its container runtime no longer knows the session, or another server listens at the address of the node; permissions are not involved',
        remedy: '',
        hints: ['kubectl get nodes -o wide', statusCommand],
      },
      {
        text: /unable to upgrade connection: Not Found\b/,
        who: 'unknown',
        sentence:
          'the request for a stream was answered with 404: the kubelet, or something in between, serves no such path, or the address of the node belongs to another server; permissions are not involved',
        remedy: '',
        hints: ['kubectl get nodes -o wide', statusCommand],
      },
      {
        text: /404:? [Pp]age [Nn]ot [Ff]ound/,
        when: ({ hop, speaker }) => hop === 'caller-to-kubelet' && speaker === 'curl',
      },
      {
        text: /returned HTTP status 404|request failed - "404 Not Found"|\b404 Client Error: Not Found/,
        when: ({ hop }) => hop === 'caller-to-kubelet',
        who: 'unknown',
        sentence: ({ at }) =>
          `what answered${at} serves no such path (404): a kubelet of another version, or no kubelet, such as the API server; ${allowed}`,
      },
      {
        text: /(?:unable to upgrade connection|KubernetesClientException): pod (?:\S{1,317} )?(?:does not exist|not found)/,
        hop: 'apiserver-to-kubelet',
        sentence:
          'the kubelet has no such pod: it may have just been deleted, or the address of the Node object belongs to another host (--node-ip of the kubelet); permissions are not involved',
        remedy: '',
        hints: ['kubectl get nodes -o wide'],
      },
      {
        ...streamAnswer('404'),
        sentence:
          'the request for a stream (exec, attach or port-forward) was answered with 404: the API server has no such pod, a proxy in front of it has no such path, or the kubelet no longer has the container; the body of the answer says which, and permissions are not involved',
        remedy: '',
        hints: ['kubectl get pods -o wide'],
      },
      {
        text: /(?:Error from server \(NotFound\): |"message": ?")nodes "[^"]{1,260}" not found/,
        hop: 'caller-to-apiserver',
        who: 'apiserver',
        sentence:
          'the API server has no such Node object, and so no address of its kubelet; the kubelet itself may still answer at its address',
        remedy: '',
        hints: ['kubectl get nodes'],
      },
      {
        text: /(?:[Ee]rror from server \(NotFound\): |"message": ?")pods "[^"]{1,260}" not found(?: in namespace "[^"]{1,70}")?/,
        hop: 'caller-to-apiserver',
        who: 'apiserver',
        sentence:
          'the API server has no pod of that name in that namespace, and so no kubelet was contacted; permissions are not involved',
        remedy: 'check the name of the pod and its namespace (-n)',
        hints: ['kubectl get pods -A'],
      },
    ],
    examples: [
      'error: unable to upgrade connection: pod does not exist',
      'Error from server (BadRequest): previous terminated container "web" in pod "web" not found',
    ],
    reason: 'not found',
    sentence: `the kubelet serves no such path, or has no such pod or container (404); ${allowed}`,
    remedy:
      'for a path, list the paths that kubelets serve: kubectl kubeletaccess endpoints; for a pod or container, check its name and its node: kubectl get pods -A -o wide',
    hints: [],
  },

  'switched-off': {
    rank: 240,
    layer: 'kubelet',
    anchors: /disabled/,
    response: (status, body) => status === 405 && / (?:is|are) disabled\./.test(body),
    responses: [
      { text: /Debug endpoints are disabled\.|(?:logs|profiling|flags) endpoint is disabled\./ },
      {
        text: /the server does not allow this method on the requested resource ?\( (?:pods|nodes)/,
      },
    ],
    examples: ['error: unable to upgrade connection: Debug endpoints are disabled.'],
    reason: 'switched off',
    sentence:
      'this is disabled in the configuration of the kubelet (enableDebuggingHandlers, enableSystemLogHandler, enableProfilingHandler or enableDebugFlagsHandler); no permission opens it',
    remedy:
      'set enableDebuggingHandlers: true (or the handler that is off) in the KubeletConfiguration, and restart the kubelet',
  },

  'method-not-allowed': {
    rank: 250,
    layer: 'kubelet',
    anchors: /method not allowed|does not allow this method/,
    response: (status) => status === 405,
    responses: [
      {
        text: /unable to upgrade connection: \{.{0,300}?"message": ?"the server does not allow this method on the requested resource"/,
        hop: 'caller-to-apiserver',
        who: 'apiserver',
        sentence:
          'the API server takes exec, attach and port-forward, but not with this method (405): kubectl is much older or newer than the API server, or a proxy in between changed the request; no kubelet was contacted',
        remedy: 'use a kubectl of the version of the API server, and none of its proxies',
        hints: ['kubectl version'],
      },
    ],
    reason: 'method not allowed',
    sentence: `the kubelet serves this path, but not with this method (405); ${allowed}`,
    remedy: 'list the methods of each path: kubectl kubeletaccess endpoints -o wide',
  },

  'node-gone': {
    rank: 260,
    layer: 'apiserver',
    responses: [
      {
        text: /error getting node "[^"]{1,253}": nodes "[^"]{1,253}" not found/,
        hop: 'kubelet-to-apiserver',
        sentence:
          'the API server has no Node object of this kubelet, which runs: someone or the cloud controller deleted it, and a kubelet creates it only when it starts',
        remedy: 'on the node: restart the kubelet',
        hints: ['kubectl get nodes', kubeletLogCommand],
      },
    ],
    reason: 'the Node object was deleted',
    sentence:
      'the API server no longer has this Node object: it was deleted after it was listed; its kubelet may still answer',
    remedy:
      'if the node belongs in the cluster, restart its kubelet, which registers it again; if it was removed on purpose, shut the host down',
  },

  'not-a-kubelet': {
    rank: 270,
    layer: 'proxy',
    response: (status) => status >= 502 && status !== 503,
    reason: 'what answers there is not a kubelet',
    sentence:
      'something other than the kubelet answered (such as a proxy or load balancer), or the address belongs to another host',
    remedy: wrongServer,
  },

  'server-error': {
    rank: 280,
    layer: 'kubelet',
    anchors:
      /failed to switch protocol|failing or missing response|returned HTTP status|status code|did not receive metrics|etcdserver: |failed to open log file|HTTP 101 response|Internal Error: |internal server error|metrics api not available|metrics not available|must specify at least 1 of|no metrics known|no metrics returned|prevented the request from succeeding|received too many requests|request failed - |time allotted|unable to handle the request|no space left|answered (?:[A-Z]{3,7} \S{1,2000} with )?[45]\d\d|<-- {1,2}(?:HTTP|[45]\d\d)|\b[45]\d\d\b['")]?:? \(?(?:Client Error|Server Error|Internal Server|Too Many)|missing \w{1,20} usage metric|\b(?:HTTP(?:\/[\d.]{1,3})?|status|code|error|returned|responded with|answered|awaiting response\.\.\.|got|failed -)['"]?\s?[:=]?\s?['"(]?[45]\d\d\b|unexpected (?:server response|response (?:status )?code)|services (?:https?:)?heapster/,
    response: (status) => status >= 400,
    responses: [
      {
        response: (status) => status === 503,
        who: 'unknown',
        sentence: `the kubelet, or something that answered in its place, cannot serve the request now (503); ${allowed}`,
        remedy: 'retry later; if it lasts, check the log of the kubelet (journalctl -u kubelet)',
      },
      {
        text: /(?:unable to handle the request|could not find the requested resource|an error on the server \("[^\n]{1,400}?"\) has prevented the request from succeeding) \((?:get|list) \w{1,60}\.metrics\.k8s\.io[^)]{0,300}\)|Metrics API not available|(?<![\w.-])(?:v1\w{0,10}\.)?metrics\.k8s\.io\/v1\w{0,10}: the server is currently unable to handle the request/,
        hop: 'apiserver-to-aggregated-api',
        who: 'proxy-or-aggregated-api',
        sentence:
          'the metrics API (metrics-server, behind the API server) is not installed or not ready: kubectl top uses it, not kubelets; its log says why it is not ready',
        remedy: '',
        hints: [metricsService, metricsServerLog, checkMetricsServer],
      },
      {
        text: /\([a-z]{3,6} services (?:https?:)?heapster:?\)|services "(?:https?:)?heapster:?" not found/,
        hop: 'caller-to-apiserver',
        who: 'proxy-or-aggregated-api',
        sentence:
          'an old client (kubectl top, an autoscaler) asks the API server for Heapster, which is not installed or not ready: metrics-server has taken its place, and newer clients ask for that; no kubelet was contacted',
        remedy: 'install metrics-server, and update the client',
        hints: ['kubectl version', metricsService],
      },
      {
        text: /error: [Mm]etrics not available (?:yet\b|for pod \S{1,300}, age: \S{1,60})|^metrics not available yet$|no metrics returned from resource metrics API|did not receive metrics for (?:targeted pods|any ready pods)/,
        hop: 'apiserver-to-aggregated-api',
        who: 'proxy-or-aggregated-api',
        sentence:
          'metrics-server answered, but has no numbers yet: it has just started, or cannot get them from kubelets; its log says which',
        remedy: '',
        hints: [metricsServerLog, metricsService, checkMetricsServer],
      },
      {
        // Messages of metrics-server up to 0.3 and of prometheus-adapter.
        text: /no metrics known for (?:node|pod)/,
        hop: 'apiserver-to-aggregated-api',
        who: 'proxy-or-aggregated-api',
        sentence:
          'the server of the metrics API (metrics-server, or prometheus-adapter in its place) answered, but has no numbers: metrics-server has just started, or cannot get them from kubelets; prometheus-adapter finds none in Prometheus. Its APIService names it, and its log says which',
        remedy: '',
        hints: [metricsService, metricsServerLog, checkMetricsServer],
      },
      {
        ...unavailable,
        when: ({ hop }) => hop === 'apiserver-to-kubelet',
        hop: 'apiserver-to-kubelet',
      },
      { ...unavailable, hop: 'unknown' },
      {
        text: /received too many requests and has asked us to try again later \( ?(?:pods\/|nodes)[^)]{0,300}/,
        response: (status) => status === 429,
        who: 'proxy-or-aggregated-api',
        sentence:
          'too many requests (429): the API server or a proxy limits them, as kubelets have no such limit; permissions were not checked',
        remedy: 'retry later',
      },
      {
        // Matches failed requests for logs: the message contains `pods/log`, or the word `log` comes before the error.
        text: /(?:an error on the server \("[^"]{0,300}"\) has prevented the request from succeeding|unable to return a response in the time allotted, but may still be processing the request) \( ?pods\/\w{1,60} [^)]{0,300}|\blogs?\b[^\n":=]{0,60}: an error on the server \("[^"]{0,300}"\) has prevented the request from succeeding \(get pods [^)]{1,300}/,
        hop: 'apiserver-to-kubelet',
        who: 'unknown',
        sentence: `the kubelet, or something that answered instead, failed to serve the request of kube-apiserver; ${allowed}`,
        hints: ['kubectl get pods -o wide', kubeletLogCommand],
      },
      {
        text: /failed to (?:try resolving symlinks in path|open log file) "\/var\/(?:log|lib)\/[^"]{1,400}"/,
        hop: 'apiserver-to-kubelet',
        sentence: `the kubelet cannot open the log file of that container on its node: it was removed or rotated, the container has just been replaced, or the container runtime writes its logs elsewhere; ${allowed}`,
        remedy:
          'read the log of the container that runs now, and check on the node that /var/log/pods has it',
        hints: ['kubectl get pods -o wide', kubeletLogCommand],
      },
      {
        ...streamAnswer(String.raw`400|5\d\d`),
        sentence: `the request for a stream (exec, attach or port-forward) failed at the API server, on its way to the kubelet, or in the kubelet, and the text does not say why: the body of the answer does; ${allowed}`,
        remedy: '',
        hints: ['kubectl get pods -o wide', streamsCommand],
      },
      {
        text: /failed to (?:create fsnotify watcher|watch file "[^"]{1,400}"): (?:too many open files|no space left on device)/,
        priority: 'first',
        hop: 'apiserver-to-kubelet',
        sentence: `the kubelet cannot follow the log of that container: its node has no inotify instances or watches left; ${allowed}`,
        remedy:
          'on the node: raise fs.inotify.max_user_instances and fs.inotify.max_user_watches (sysctl)',
        hints: ['kubectl get pods -o wide'],
      },
      {
        text: /(?:unable to upgrade connection: )?you must specify at least 1 of stdin, stdout, stderr/,
        hop: 'unknown',
        who: 'proxy-or-aggregated-api',
        sentence: `the request for a stream came without its parameters (stdin, stdout, stderr): what is between kubectl and the kubelet, such as Rancher or another proxy, changed its URL or its method; ${allowed}`,
        remedy: 'ask the API server itself, without the proxy',
        hints: ['kubectl cluster-info'],
      },
      {
        text: /unable to get [\w ]{2,20} for (?:container|node|pod) [^\n]{1,400}?discarding data: missing \w{1,20} usage metric/,
        hop: 'caller-to-kubelet',
        sentence: `the kubelet answered without the figures of a container or node, which has just started, or whose container runtime does not report them; ${allowed}`,
        remedy:
          'wait a minute; if it lasts, check what the kubelet has: kubectl kubeletaccess top containers',
      },
      {
        // Errors of /stats/summary, a path that many agents read.
        text: /Internal Error: failed to (?:list pod stats|get (?:node info|root cgroup stats|rootFs stats|imageFs stats))(?:: [^\n"]{1,200})?/,
      },
      {
        text: /\bHTTP InternalServerError: Internal Error: [^\n"]{1,200}/,
        hop: 'caller-or-apiserver-to-kubelet',
      },
      {
        text: /^(?:HTTP\S{1,10} )?Internal Error: [^\n"]{1,200}/,
        when: ({ hop }) => hop === 'caller-to-kubelet',
      },
      {
        text: /request failed - "5\d\d [^"\n]{0,60}"(?:, response: "[^"\n]{0,200})?/,
        hop: 'caller-to-kubelet',
      },
      {
        text: /failing or missing response from \S+ bad status from \S+ [1-5]\d\d/,
        hop: 'apiserver-to-aggregated-api',
        who: 'proxy-or-aggregated-api',
        sentence: ({ evidence = '' }) => {
          const name = apiServiceIn(evidence);
          const what =
            name === undefined ? 'an APIService, such as metrics-server,' : `APIService ${name}`;
          return `the server behind ${what} answered kube-apiserver with an error: its log says why; no kubelet was contacted`;
        },
        remedy: '',
        hints: ({ evidence = '' }) => {
          const name = apiServiceIn(evidence);
          return name === undefined
            ? ['kubectl get apiservices', metricsServerLog]
            : [command`kubectl get apiservice ${name} -o yaml`];
        },
      },
      {
        text: /an error on the server \("[^"\n]{0,300}"\) has prevented the request from succeeding \((?:get|post) pods [^)\s]{1,253}\)/,
        when: ({ isStream }) => isStream === true,
        hop: 'unknown',
        who: 'unknown',
        sentence: `the API server failed at what it asked of the kubelet, and this kubectl does not tell why: the log of kube-apiserver does. Often it does not resolve the name of the node, or does not reach it; ${unchecked}`,
        remedy: '',
        hints: ['kubectl get nodes -o wide', statusCommand],
      },
      {
        text: /\betcdserver: [a-z][a-z ]{3,60}/,
        when: ({ hop }) => hop === 'kubelet-to-apiserver',
        hop: 'kubelet-to-apiserver',
        who: 'apiserver',
        sentence: ({ evidence = '' }) =>
          `the API server could not write what the kubelet sent (${evidence}): its etcd is slow or down; ${allowed}`,
        remedy: 'check etcd: its disks, its load and its members',
        hints: ['kubectl -n kube-system get pods -o wide'],
      },
    ],
    examples: ['error: Metrics API not available'],
    reason: 'server error',
    sentence: `the kubelet answered, but failed to serve the request; ${allowed}`,
    remedy: restart,
  },

  unknown: {
    rank: 290,
    layer: 'network',
    anchors:
      /cannot reach the|detect the kubelet URL|parse output|exceeds retry count|failure in kubeutil|kubelet data was not populated|kubelet upstream connection|parsing metrics: |reach Kubelet with host|scrape Prometheus endpoint|pkg\/kubelet\/[\w/]{1,60}\.go:\d{1,5}: Failed|(?:getting node|node status|node lease|lease exists)\b[^\n]{0,200}: (?:Get|Put|Post|Patch)\b/,
    transport: () => true,
    texts: [
      {
        // A dial error without its reason, which was cut off.
        priority: 'last',
        text: /\bdial tcp \S{1,260}:\d{1,5}: {0,9}$/,
        sentence: ({ from, to, at }) =>
          `${from} could not connect to ${to}${at}, and the text ends before it says why; ${unchecked}`,
      },
    ],
    responses: [
      {
        text: /\bunable to upgrade connection: (?!container |pod |Forbidden|Unauthorized)[^\n]{3,200}|^error: Timeout occurr?ed\.?$/,
        when: ({ isStream, hop }) =>
          isStream === true && (hop === undefined || hop === 'apiserver-to-kubelet'),
        hop: 'unknown',
        who: 'unknown',
        sentence: `the stream (exec, attach or port-forward) was not opened, by the API server, the kubelet, its container runtime or something in between, for a reason that this program does not know; ${allowed}`,
        hints: [streamsCommand],
      },
      {
        text: /impossible to reach Kubelet with host: \S{1,253}|detect the kubelet URL automatically\.|\bkubelet upstream connection error|kubelet data was not populated after trying all endpoints|connection to kubelet failed: (?:temporary|permanent) failure in kubeutil|Failed to scrape Prometheus endpoint\b[^\n]{0,300}(?:instance:\S{1,260}:102(?:50|55)\b|kubelet|cadvisor)/,
        hop: 'caller-to-kubelet',
        who: 'unknown',
        sentence: ({ at }) =>
          `the agent that wrote this log could not use the kubelet${at}, and does not say why: it may not trust the serving certificate, have no permission, or call 127.0.0.1 without hostNetwork. Its debug log shows each attempt`,
      },
      {
        text: /\bfailed parsing metrics: [^\n"]{1,100}|\bfailed to parse output\. Response: /,
        hop: 'caller-to-kubelet',
        who: 'unknown',
        sentence:
          'the kubelet let the caller in, and the caller could not read its answer: it broke off, or has something that this version of the caller does not know; permissions are not involved',
        hints: ({ nodeWord }) => [
          command`kubectl kubeletaccess curl /stats/summary --node ${nodeWord}`,
        ],
      },
      {
        text: /\bpkg\/kubelet\/[\w/]{1,60}\.go:\d{1,5}: Failed(?: to(?: (?:list|watch)(?: \*[\w.]{1,40}:?(?: G| Ge| Get(?: "?h\S{0,400})?)?)?)?)?$|\b(?:getting node|node status|node lease|lease exists)\b[^\n]{0,200}: (?:Get|Put|Post|Patch)(?: "?h\S{0,400})?$/,
        hop: 'kubelet-to-apiserver',
        who: 'unknown',
        sentence:
          'the kubelet could not use the API server, and the text ends before it says why: a terminal or a pager cut its lines',
        hints: ['journalctl -u kubelet --no-pager --since -10min'],
      },
      {
        text: /\bupdate node status exceeds retry count\b/,
        hop: 'kubelet-to-apiserver',
        who: 'unknown',
        sentence:
          'the kubelet could not update the status of its Node object at the API server, however often it tried; earlier lines of its log say why',
        hints: [kubeletLogCommand],
      },
    ],
    reason: ({ code, message }) => `${code}: ${message}`,
    sentence: ({ from, to, at }) =>
      `the request from ${from} to ${to}${at} failed, for a reason that this program does not know`,
    remedy: '',
  },
} as const satisfies Record<string, WrittenCause>;

function apiServiceIn(words: string): string | undefined {
  const [, group, version] = /\/apis\/([a-z0-9.-]{1,253})\/(v\d\w{0,20})/.exec(words) ?? [];
  return group === undefined || group === 'metrics.k8s.io' ? undefined : `${version}.${group}`;
}
