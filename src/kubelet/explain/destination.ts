import { isKubeletPort } from '../causes/cause-entry.ts';

export interface Destination {
  readonly is: 'kubelet' | 'API server' | 'other' | 'unknown';
  readonly address: string | undefined;
  readonly path: string | undefined;
  readonly isSecure: boolean;
}

const host = String.raw`(\[[0-9a-fA-F:.]+\]|[\w.-]+)`;
const patterns = {
  url: new RegExp(String.raw`https?://${host}(?::(\d+))?(/[^\s"',)\]]*)?`, 'g'),
  dial: new RegExp(
    String.raw`(?:dial tcp |connect E[A-Z]+ |while dialing (?!Upgrade request |dial )|connection to the server |kubelet (?:of \S+ )?at |from Kubelet [\w.-]+ ?\(|reach Kubelet with host: |open TCP connection to |from kubelet:|instance="|connection #\d+ failed to |\b(?:read|write) tcp \S{1,100}->)${host}(?::(\d+))?`,
    'g',
  ),
  // Connection errors of curl, nc, OkHttp and bash, and the names of metric sources in metrics-server.
  connect: new RegExp(
    String.raw`(?:\b[Cc]onnect(?:ion)? to /?|/dev/tcp/|\bkubelet_summary:)${host}(?: port |[:/])(\d+)`,
    'g',
  ),
  python: new RegExp(
    String.raw`HTTPS?ConnectionPool\(host=['"]{1,2}${host}['"]{1,2}, port=(\d+)\)(?:: Max retries exceeded with url: (/[^\s"',)\]]*))?`,
    'g',
  ),
  // A host and a kubelet's or API server's port, whatever words are around them. Searched only if no other pattern matches.
  bare: new RegExp(
    String.raw`(?:^|[\s"'(/])${host}:(6443|102(?:50|55))(?=$|[\s"'),;:]|\.(?!\d))`,
    'g',
  ),
  named: new RegExp(
    String.raw`(?:lookup |resolve host: |getaddrinfo \w+ |UnknownHostException: )${host}`,
    'g',
  ),
};

// Documentation sites. No client called them: they are in links, such as the link at the end of curl's messages.
const manuals =
  /^(?:curl\.(?:se|haxx\.se)|kubernetes\.io|github\.com|(?:docs|learn|cloud)\.[\w.-]{1,100})$/;

// Only the API server's certificate contains the name kubernetes.default, by which pods call the API server.
const ownCertificate = /certificate is valid for [^"\n]{0,600}\bkubernetes\.default\b/;

// Hosts of files that kubectl reads from the web.
const webHosts =
  /(?:^|\.)(?:github(?:usercontent)?\.(?:com|io)|kubernetes\.io|k8s\.io|projectcalico\.org|helm\.sh)$/;
const manifestPath = /\.(?:ya?ml|json)$/;

// Usual host names of servers that do not belong to a cluster.
const otherHosts =
  /^[\w-]{0,40}(?:registry|harbor|artifactory|nexus|gitlab|vault|consul|keycloak|grafana|loki|minio|postgres|mysql|mariadb|mongo|redis|kafka|rabbitmq|elastic|smtp|webhook|ingress|charts|alertmanager|docker)[\w-]{0,40}(?:\.|$)|^(?:mail|auth|s3|www|repo|mirror)\.|(?:^|\.)(?:docker\.(?:io|com)|quay\.io|gcr\.io|ghcr\.io|pkg\.dev|gitlab\.com|golang\.org|npmjs\.org|pypi\.org|pythonhosted\.org|terraform\.io|hashicorp\.com|letsencrypt\.org|googleapis\.com|microsoftonline\.com|windows\.net|gmail\.com|slack\.com|(?:s3|sts|ec2|ecr|sqs|iam)[\w.-]{0,40}\.amazonaws\.com|ntp\.org|ubuntu\.com|debian\.org|alpinelinux\.org|svc(?:\.cluster\.local)?)$/i;

// nginx logs the server to which it forwards as `upstream`. A server at http:// is not an API server, because API servers speak
// only TLS.
const behindNginx = /\bupstream: "http:\/\/[\w.-]{1,253}(?::\d{1,5})?\/api\/v1\//;

export function isOtherHost(name: string): boolean {
  return webHosts.test(name) || (otherHosts.test(name) && !apiServerName.test(name));
}

// Agents of RKE2 join the cluster at port 9345.
const apiServerPorts = ['6443', '16443', '9345'];
const apiServerName = /^kubernetes(?:\.default.*)?$/;
// After exec, attach and portForward, at least two path segments must follow. In URLs of a container runtime, only one segment
// follows, a token.
const kubeletPath =
  /^\/(?:(?:exec|attach|portForward)\/[^/\s]+\/|(?:containerLogs|run|stats\/summary|metrics\/(?:cadvisor|resource|probes)|runningpods|configz|checkpoint)(?:[/?]|$))/;
// A resource must follow /api/v1, because other servers have this path, too. Includes paths through Rancher, and paths of agents of
// k3s and RKE2.
const apiServerPath =
  /^\/(?:api\/v1\/(?:nodes|proxy\/nodes|namespaces|pods|services|secrets|configmaps|events|endpoints|persistentvolume|replicationcontrollers|serviceaccounts|componentstatuses|limitranges|resourcequotas|podtemplates)|api\?timeout|api\/v1\?|apis\?|version\?timeout|openapi\/v[23]|apis\/(?:[\w.-]+\.k8s\.io|apps|batch|autoscaling|policy)(?:\/|$)|apis\/[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}\/v\d+(?:(?:alpha|beta)\d+)?(?:[/?]|$)|k8s\/clusters\/[\w-]{1,63}\/(?:apis?|version|openapi)\b|cacerts$|v1-(?:k3s|rke2)\/)/;
const apiServerWords =
  /[Tt]he connection to the server|Unable to connect to the server|connect to (?:the )?server: (?:x509|dial tcp|tls|net\/http|Get|remote error|EOF)\b|failed to discover supported resources: Get|couldn't (?:get current server API group list|read version from server): Get|cannot reach the API server|error retrieving resource lock |Kubernetes cluster unreachable: |\b(?:connect(?:ing|ion)?(?: to)?|reach|contact) (?:the )?(?:[Kk]ubernetes|[Kk]8s) (?:API(?: ?[Ss]erver)?|cluster)\b(?=[^\n]{0,200}https?:)|unable to reach the kubernetes apiserver: |identity of the API Server: Get|kube-apiserver is not healthy after |[Ff]ailed to get server version: Get|\bapi_server\.go:\d{1,5}\] stopped: |Failed to contact API server|(?<!\bserver\.go:\d{1,5}\] )Error while proxying request: /;

/** Words in messages of this program about a kubelet that it called directly. */
export const ownDirect =
  /\b(?:cannot reach|by) the kubelet (?:of \S+ )?at |the kubelet (?:of \S+ )?at \S+ (?:through the proxy \S+ )?answered|node \S+ has no address of type /;

interface Place {
  readonly index: number;
  readonly name: string;
  readonly port: string;
  readonly path: string | undefined;
}

export function destinationOf(text: string): Destination {
  const words = text.replaceAll(/--server[= ]\S{1,300}/g, ' ');
  const best = bestOf(placesIn(words), words);
  const named = [...text.matchAll(patterns.named)].find(([, name = '']) => /\w/.test(name))?.[1];
  // The name kubernetes or kubernetes.default means the API server, even if the text also names other servers.
  const isName = named !== undefined && apiServerName.test(named);
  if (isName && best?.is === 'other')
    return { is: 'API server', address: named, path: undefined, isSecure: false };
  const isNamed = isName || (best === undefined && ownCertificate.test(text));
  const path = best?.path ?? /\bmetrics_path="(\/[^"\s]{0,200})"/.exec(text)?.[1];
  return {
    is: sayingOf(text, best, named) ?? best?.is ?? (isNamed ? 'API server' : 'unknown'),
    address: (best === undefined ? named : addressOf(best))?.replace(/\.$/, ''),
    path: path?.replace(/[.,;:]{1,9}$/, ''),
    isSecure: best !== undefined && words.startsWith('https://', best.index),
  };
}

/** Lists the servers that a text names. Uses `bare` only if no other pattern finds a server. */
function placesIn(words: string): readonly Place[] {
  const placesOf = (...these: readonly RegExp[]) =>
    these.flatMap((pattern) =>
      [...words.matchAll(pattern)].map(({ index, 1: name = '', 2: port = '', 3: path }) => ({
        ...{ index, name, port, path },
      })),
    );
  const { url, connect, python, dial, bare } = patterns;
  const certain = placesOf(url, connect, python, dial);
  return certain.length > 0 ? certain : placesOf(bare);
}

function bestOf(places: readonly Place[], words: string) {
  // Skips URLs of unknown servers before the error, because they may be arguments of the command in the container.
  const relayed = words.search(/error dialing backend|unable to upgrade connection/i);
  const candidates = places
    .filter(({ name }) => !manuals.test(name))
    .map((place) => ({ ...place, is: kindOf(place) }))
    .filter(({ index, is }) => index > relayed || is !== 'other');
  return (
    candidates.find(({ is }) => is === 'kubelet') ??
    candidates.find(({ is }) => is === 'API server') ??
    candidates[0]
  );
}

/** Recognizes the kind of server from the words around its address; undefined if they do not show it. */
function sayingOf(
  text: string,
  best: Place | undefined,
  named: string | undefined,
): Destination['is'] | undefined {
  if (behindNginx.test(text)) return 'other';
  if (!apiServerWords.test(text)) return ownDirect.test(text) ? 'kubelet' : undefined;
  const isOfWeb = webHosts.test(best?.name ?? named ?? '') || manifestPath.test(best?.path ?? '');
  return isOfWeb ? 'other' : 'API server';
}

function addressOf({ name, port }: Place): string {
  return port === '' ? name : `${name}:${port}`;
}

function kindOf({ name, port, path = '' }: Place): Destination['is'] {
  if (apiServerPath.test(path) && !isKubeletPort(port)) return 'API server';
  if (isKubeletPort(port) || kubeletPath.test(path)) return 'kubelet';
  // The kubelet's health port. It listens only on the loopback address of its node.
  if (port === '10248' && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(name)) return 'kubelet';
  return apiServerPorts.includes(port) || apiServerName.test(name) ? 'API server' : 'other';
}
