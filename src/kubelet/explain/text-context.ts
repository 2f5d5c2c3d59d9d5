export interface TextContext {
  /** Keys of kubelet processes, as `processOf` returns them. */
  readonly kubelets?: ReadonlySet<string>;
  readonly apiServers?: ReadonlySet<string>;
  /** Whether a kubelet wrote some lines, so that it may also have sent the reviews in other lines. */
  readonly hasKubelet?: boolean;
  readonly isStream?: boolean;
  /** Whether the text contains a kubectl command for a container, and the command failed with `error dialing backend`. */
  readonly isCommand?: boolean;
  /** Whether the text is about programs outside of clusters, or about container images. */
  readonly isElsewhere?: boolean;
  /** Whether the text contains the URL of the tunnel of a k3s or RKE2 agent. */
  readonly isTunnel?: boolean;
  /** Whether the text is about an APIService, and not about a kubelet. */
  readonly isAggregated?: boolean;
  /** Whether the text is about kubelets as targets of a scraper. */
  readonly isScraped?: boolean;
}

export const tunnelUrl = /\/v1-(?:k3s|rke2)\/connect\b/;

export function contextOf(clean: string): TextContext {
  return {
    ...processesIn(clean),
    hasKubelet: ownLine.test(clean),
    isStream:
      (streamClient.test(clean) || (webSocketOfJava.test(clean) && aboutCluster.test(clean))) &&
      !watchClient.test(clean),
    isCommand: dialledForCommand.test(clean),
    isElsewhere: isOfOtherPrograms(clean),
    isTunnel: tunnelUrl.test(clean),
    isAggregated: apiService.test(clean) && !kubeletWords.test(clean),
    isScraped: kubeletTargets.test(clean),
  };
}

// A sentence or job name in which kubelets are targets of a scraper.
const kubeletTargets =
  /\bkubelets?\b[^\n]{0,80}\b(?:endpoints?|targets?|jobs?|down|DOWN)\b|\b(?:endpoints?|targets?|jobs?)\b[^\n]{0,80}\bkubelets?\b/;

/** Words about exec, attach or port-forward, and words in messages of Kubernetes client libraries. */
const streamClient =
  /\bunable to upgrade streaming request: |\/pods\/[^/\s]{1,253}\/(?:exec|attach|portforward)\b|\bchannel\.k8s\.io\b|\bKubernetesClientException\b|\bkubernetes[./](?:client|stream)\b|\bio\.kubernetes\.|\bk8s\.(?:Kubernetes|WebSocketBuilder)\b|\b(?:K8sWebSocket|PodOperationsImpl|ExecWebSocketListener)\b|Reason: Handshake status|Failed to execute on pod|\bKubernetes API\b[^\n]{0,60}\b(?:exec|attach|port-?forward)\b|to upgrade to a WebSocket connection: failed to switch|\/(?:exec|attach|portforward)\?[^\s']{0,300}?\b(?:stdout|stdin|command|ports)=|\bcommand terminated with (?:non-zero )?exit code\b|\bError executing in Docker Container:|^\[Pipeline\] (?:\/\/ )?container\b|\b(?:kubectl(?:\.\w{1,4})?|oc)\s(?:[^\n]{0,200}?\s)?(?:exec|attach|cp|rsh|logs?|port-forward)\s/m;
// The WebSocket class of fabric8's client, for a text in which fabric8 itself wrote no lines.
const webSocketOfJava = /\bokhttp3\.internal\.ws\.RealWebSocket\b/;
const aboutCluster =
  /\b(?:kubernetes|kubectl|k8s|aks|eks|gke|openshift|pods?|container step|podTemplate)\b/i;
// A watch also uses a WebSocket, but is not exec, attach or port-forward.
const watchClient = /\bWatchConnectionManager\b/;

const dialledForCommand =
  /\b(?:kubectl|oc)\s(?:[^\n]{0,200}?\s)?(?:exec|attach|cp|port-forward|rsh)\s[^\n]{0,400}\n(?:[^\n]{0,300}\n){0,3}?[^\n]{0,100}error dialing backend: dial tcp /;

const apiService =
  /\bapiservices?\b|\b(?:custom|external)\.metrics\b|\baggregat(?:ed|ion) (?:api|layer)|\bextension[- ]api|\/apis\/|\bv\d{1,2}(?:(?:alpha|beta)\d{1,2})?\.[a-z][\w-]{0,62}(?:\.[a-z][\w-]{0,62}){1,5}\b/i;
const kubeletWords = /\bkubelets?\b|\bnodes\/|:10250\b/i;

// Log lines that only kubelets write. Other servers that send TokenReviews or SubjectAccessReviews do not write them.
const ownLine =
  /\bAuthorization error \(user=|"Authorization error" err=|^\W{0,9}kubelet(?:'s)? logs?\W{0,9}$/im;

export const kubeletLog =
  /\b(?:kubelet(?:-wrapper)?|kubenswrapper)\[(?:\d+|\.{3})\]|\bkubelet(?:-wrapper)?: [IWEF]\d{4} |\b(?:origin|atomic-openshift)-node(?:\[\d+\])?: [IWEF]\d{4} |\]\[kubelet\]\[|(?<![/\w-])kubelet(?:_node_status|_pods)?\.go:|"Authorization error" err=|\bserver\.go:\d+\] "?Authorization error\b|\bpkg\/kubelet\/[\w/]{1,60}\.go:\d+: Failed(?: to (?:list|watch)|$)|[Ff]ailed to run Kubelet: |cannot create certificate signing request: |Unable to register (?:node|\S+ with the apiserver)|[Ff]ailed to (?:ensure|update) (?:node )?lease|(?:Error|Unable to) updat\w{1,3} node status\b|waiting for CSINode|[Nn]o valid client certificate is found but the server|serving certificate available for the kubelet|\bobject-\\?"[\w.-]{1,253}\\?"\/\\?"|[Ff]ailed to (?:list|watch) \*v1\.Node: nodes \\?"[\w.-]{1,253}\\?" is forbidden/;
export const apiServerLog =
  /\b(?:kube|daemon)-apiserver\[\d+\]|component=kube-apiserver|an error that is not an (?:metav1|api)\.Status|RBAC DENY: user "|Sending HTTP(?:\/[\d.]{1,3})? 50\d response to /;
// The beginning of a klog line. The process number must have two digits, because in containers every program may have number 1.
const processOfLine = /\b[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{6} {1,9}(\d{2,9}) /;
// The beginning of a klog line in JSON. It contains no process number, so the text before it (a host or a pod) identifies the
// process.
const hostOfJson = /^([^{\n]{0,80}\{)"ts":\d[\d.]{0,30},"caller":"/;

/** Returns a key of the process that wrote a line; undefined if the line does not identify the process. */
export function processOf(line: string): string | undefined {
  return (processOfLine.exec(line) ?? hostOfJson.exec(line))?.[1];
}

// Headings that people write above the log of a kubelet.
const kubeletHeading =
  /\bkubelet(?:'s|\.service| ?service)?(?: \w{1,20})? ?(?:logs?|journal|\u65e5\u5fd7|\u30ed\u30b0)\b|\bkubelet ?(?:\u7684)?(?:\u65e5\u5fd7|\u30ed\u30b0|\u62a5\u9519)|\blogs? (?:of|from|for|in|on) (?:the |my )?kubelets?\b|\bjournalctl [^\n]{0,80}\bkubelet\b|\u542f\u52a8 ?kubelet[^\n]{0,40}(?:\u62a5\u9519|\u9519\u8bef|\u5931\u8d25)/i;
const apiServerHeading =
  /\b(?:kube-?)?api-?server(?:'s)? (?:container )?(?:logs?|journal|\u65e5\u5fd7)\b|\b(?:logs?|journal) (?:of|from|in|on) (?:the |my )?(?:kube-?)?api-?server\b|\b(?:kubectl|docker|crictl|nerdctl) [^\n]{0,60}\blogs [^\n]{0,80}\bkube-apiserver\b|\bjournalctl [^\n]{0,80}\bkube-apiserver\b|==> kube-apiserver\b/i;
const nearHeading = 3;

/**
 * Finds the processes that are kubelets or API servers. They wrote a line that only kubelets or only API servers write, or a
 * heading names them.
 */
function processesIn(text: string): Required<Pick<TextContext, 'kubelets' | 'apiServers'>> {
  const lines = text.split('\n');
  const kubelets = new Set<string>();
  const apiServers = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const process = processOf(line);
    if (process === undefined) continue;
    const isHeaded = (heading: RegExp) =>
      lines.slice(Math.max(0, index - nearHeading), index).some((each) => heading.test(each));
    if (kubeletLog.test(line) || isHeaded(kubeletHeading)) kubelets.add(process);
    if (apiServerLog.test(line) || isHeaded(apiServerHeading)) apiServers.add(process);
  }
  return { kubelets, apiServers };
}

// Words about container images, which kubelets pull. `explain` does not explain such errors.
const images =
  /\b(?:image ?pull|pull(?:ing)? (?:the |an )?image|private registry|container registry|docker (?:pull|push|login|desktop)|docker-for-desktop)\b/i;
const otherPrograms =
  /\b(?:webhooks?|registry|docker|etcd|ingress|smtp|cloudflared|letsencrypt|acme|vault|keycloak|oauth2?|harbor|git|npm|pip|fabric|kafka|redis|postgres|mysql|mongodb?|elasticsearch|terraform)\b/i;
const programs = /process\.exit|=> ?\{|\bfunc \w|\bassert\w*\(|\bexpect\(|\breturn \w+\(/;
const clusters =
  /kube|\boc\b|metrics[ -]server|:(?:10250|10255|6443)\b|\bnodes?\b|\bk3s\b|\brke2\b|\bk8s\b|\bcluster\b|openshift/i;

function isOfOtherPrograms(text: string): boolean {
  return (
    images.test(text) || ((otherPrograms.test(text) || programs.test(text)) && !clusters.test(text))
  );
}
