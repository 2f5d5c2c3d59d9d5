import { kubeletAttributes } from '../authorization.ts';
import { unchecked } from '../causes/cause-entry.ts';
import { causeInResponse, findResponseCause } from '../causes/causes.ts';
import { checkCommand, type HopName, statusCommand } from '../causes/hop.ts';
import { permissionForPath } from '../missing-permission.ts';
import { describedError, type FoundError, foundError } from './explanation.ts';
import { asksForReview, type Location, locate, whereOf } from './locate.ts';
import { networkFailures } from './network-failures.ts';
import { tunnelUrl } from './text-context.ts';

export function authenticationLogs(text: string, location: Location): readonly FoundError[] {
  if (reviewed.test(text)) return [];
  return responses(text, location, 'first');
}

const reviewed = /\b(?:token|subjectaccess)reviews\b/;

/**
 * Finds failed TokenReviews and SubjectAccessReviews. Servers send them to the API server to ask who a caller is and whether the
 * caller is allowed.
 */
export function reviewFailures(text: string, location: Location): readonly FoundError[] {
  const request = asksForReview.exec(text);
  if (!request) return [];
  const words = text.slice(request.index);
  const own = locate(words, { head: text.slice(0, request.index) });
  const hop =
    location.speaker === 'kubelet' || own.speaker === 'kubelet'
      ? 'kubelet-to-apiserver'
      : 'caller-to-apiserver';
  return networkFailures(words, { ...own, hop, node: location.node }).map((found) => ({
    ...found,
    message: `${found.message}. The caller here is the server that wrote this log (a kubelet, metrics-server or another that checks tokens): it could not ask for a review, and no credential is to blame`,
  }));
}

/** Finds failures of the tunnel that an agent of k3s or RKE2 opens from its node to a server node. */
export function tunnelFailures(text: string, location: Location): readonly FoundError[] {
  const isTold = tunnelWords.test(text) && (location.isTunnel || ofK3s.test(text));
  // `Proxy done` logs that the agent itself closed the tunnel, which is no failure.
  if ((!tunnelUrl.test(text) && !isTold) || /\bmsg="Proxy done"/.test(text)) return [];
  return networkFailures(text, { ...location, hop: 'kubelet-to-apiserver' }).map((found) => ({
    ...found,
    message: `the agent of k3s or RKE2 on this node cannot connect to its server${found.address === undefined ? '' : ` at ${found.address}`} (${found.cause}), and so opens no tunnel: logs, exec and all else that kube-apiserver asks of this kubelet fail until it does; ${unchecked}`,
    remedy:
      'check that the server runs, and that the node reaches it on the port that it joined (6443, or 9345)',
    commands: ['journalctl -u rke2-agent -u k3s-agent --since -10min'],
  }));
}

// Rancher's agents log the same words about another tunnel, so `ofK3s` must also match.
const tunnelWords = /[Rr]emotedialer proxy error|Failed to connect to proxy/;
const ofK3s = /:(?:9345|6443)\b|\bk3s|\brke2/;

/** Finds the cause by the words or the status of a response. Called only if no more exact error was found. */
export function httpResponses(text: string, location: Location): readonly FoundError[] {
  const found = responses(text, location);
  if (found.length > 0) return found;
  if (ofProxy.test(text)) return [];
  return [
    ...missingPaths(text, location),
    ...ownResponses(text, location),
    ...deniedScrapes(text, location),
    ...statusResponses(text, location),
  ].slice(0, 1);
}

// Words of errors whose status is from the forward proxy, not from the called server.
const ofProxy = /proxy tunnel|ProxyError|HTTP Tunneling/i;

function responses(text: string, location: Location, rank?: 'first'): readonly FoundError[] {
  const { hop, speaker, target, isStream } = location;
  const { address, isSecure } = target;
  const found = causeInResponse(text, { hop, speaker, address, isSecure, isStream }, rank);
  if (!found) return [];
  return [describedError(found, whereOf(location, found.pattern.hop ?? toKubelet(hop)))];
}

const noSuchPath =
  /the server could not find the requested resource(?= ?$|", ?"reason": ?"NotFound")|404:? page not found/i;
const nodeProxy =
  /^\/api\/v1\/(proxy\/)?nodes\/(?:https?:)?([^/:]{1,260})(?::\d{0,5})?\/(?:proxy\b)?/;

function missingPaths(text: string, { target }: Location): readonly FoundError[] {
  const [evidence] = noSuchPath.exec(text) ?? [];
  const [, legacy, name] = nodeProxy.exec(target.path ?? '') ?? [];
  if (evidence === undefined || name === undefined) return [];
  const node = /^[\w.-]+$/.test(name) ? name : undefined;
  if (legacy === undefined) {
    const where = { hop: 'apiserver-to-kubelet', node } as const;
    return [describedError({ cause: 'not-found' }, where, evidence)];
  }
  return [
    foundError({
      ...{ component: 'apiserver', hop: 'caller-to-apiserver', cause: 'not-found', evidence, node },
      message:
        'API servers of 1.10 and later serve no /api/v1/proxy/nodes/ (404): no kubelet was contacted, and permissions are not involved',
      remedy: 'ask for /api/v1/nodes/NODE/proxy/PATH',
    }),
  ];
}

/** Explains messages of `curl` and `status` of this program, which repeat the status and the body of a response. */
function ownResponses(text: string, location: Location): readonly FoundError[] {
  const [evidence, status, body = ''] =
    /\bthe kubelet (?:of \S+ )?(?:at \S+(?: through the proxy \S+)?|through the API server) answered (?:[A-Z]+ \S+ with )?([45]\d\d): ([^\n]{0,300})/.exec(
      text,
    ) ?? [];
  if (evidence === undefined) return [];
  const found = findResponseCause(Number(status), body);
  return found ? [describedError(found, whereOf(location, toKubelet(location.hop)), evidence)] : [];
}

// Words that clients and scrapers write before the status of a response.
const statusWords = String.raw`\bHTTP(?:/[\d.]{1,3}| error| status| response)?(?: code)?:? |\b(?:status|code)(?:[ _-]?code)?['"]?\s?[:=]?\s?['"]?|\b(?:returned|responded with|answered|awaiting response\.\.\.|got)(?: HTTP| error:| status| code)? |\bindicate success: |\bRestClient::\w{1,40} error="|\bClientResponseError: |": (?=\d{3};)`;
const phrases =
  'Bad Request|Unauthorized|Forbidden|Not Found|Method Not Allowed|Too Many Requests|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out';
const anyStatus = new RegExp(
  String.raw`(?:${statusWords})([45]\d\d)\b(?![.%]|m?s\b)|(?<![\w.:-])([45]\d\d)\b['")]?:? (?:Client Error: |Server Error: |\()?(?:${phrases})\b`,
  'i',
);

/** Finds the cause by the status of a kubelet's response, if the text contains nothing else about it. */
function statusResponses(text: string, location: Location): readonly FoundError[] {
  const [evidence, before, after] = anyStatus.exec(text) ?? [];
  if (evidence === undefined || location.hop !== 'caller-to-kubelet') return [];
  const found = findResponseCause(Number(before ?? after), text);
  return found ? [describedError(found, whereOf(location, location.hop), evidence)] : [];
}

// Matches 403 only beside other HTTP text, because a lone 403 may not be a status code.
const denied = new RegExp(
  String.raw`\b403\b['")]?:? (?:Client Error: |\()?Forbidden|"HTTP" verb="[A-Z]{1,10}" URI="[^"]{1,600}" (?!.{0,300}userAgent="kube-apiserver)[^\n]{0,600}? resp=403\b|https?://\S{1,500}: Forbidden\b(?! \()|\b(?:an?|returns?|got|gets|with) "?403\b|(?:${statusWords})403\b`,
  'i',
);

/**
 * Explains a 403 in the log of a scraper. The log does not contain the denied user, so the missing permission is derived from the
 * path.
 */
function deniedScrapes(text: string, location: Location): readonly FoundError[] {
  const [evidence] = denied.exec(text) ?? [];
  if (evidence === undefined) return [];
  const { hop, target, agent, speaker } = location;
  if (/(?:\/nodes\/[^\s/]+|(?<!\S))\/proxy\/(?:metrics|stats|pods|healthz)\b/.test(text))
    return [
      foundError({
        ...{ component: 'unknown', hop: 'unknown', cause: 'forbidden', evidence },
        ...{ node: location.node, address: target.address },
        message:
          'the request went through the node proxy of the API server, and either of two answered 403: the API server denied the caller, who needs get on nodes/proxy for every path, or a kubelet denied kube-apiserver. The body of the answer says which; a direct request needs less',
        commands: [statusCommand],
      }),
    ];
  const scraped = /server returned HTTP status|metric_scraper|\bscrap/.test(text)
    ? '/metrics'
    : undefined;
  const logged =
    speaker === 'kubelet'
      ? /"HTTP" verb="[A-Z]{1,10}" URI="([^"]{1,600})"/.exec(text)?.[1]
      : undefined;
  const path = logged ?? target.path ?? agent?.path(text) ?? scraped;
  if ((hop !== 'caller-to-kubelet' && logged === undefined) || path === undefined) return [];
  const isTold = target.address !== undefined || target.path !== undefined || agent || logged;
  // Scrape jobs with these names call kubelets either directly or through the API server.
  const isOfNodes = /cadvisor|kubernetes-nodes/i.test(text) && !/kubelet/i.test(text);
  if (!isTold && isOfNodes && /server returned HTTP status/.test(text))
    return [
      foundError({
        ...{ component: 'unknown', hop: 'unknown', cause: 'forbidden', evidence },
        node: location.node,
        message:
          'a scrape of nodes was denied (403), and the text does not tell its path. Directly, the kubelet denied it: the service account needs get on nodes/metrics. Through the API server (the job relabels to /api/v1/nodes/NAME/proxy), it needs get on nodes/proxy there, or the kubelet denied kube-apiserver',
        commands: [checkCommand('prometheus')],
      }),
    ];
  const { missingRule, commands } = permissionForPath(
    kubeletAttributes('GET', path, Number.POSITIVE_INFINITY),
    `system:${agent?.subject ?? 'serviceaccount:NAMESPACE:NAME'}`,
  );
  const resources = (missingRule?.resources ?? []).join(', ');
  const scraper = /server returned HTTP status/.test(text) ? 'prometheus' : agent?.checked;
  const checks =
    scraper === undefined || agent?.subject !== undefined ? [] : [checkCommand(scraper)];
  const [earlier] = kubeletAttributes('GET', path, 0).subresources;
  const ofEarlier =
    earlier === undefined || resources.includes(`nodes/${earlier}`)
      ? ''
      : ` (nodes/${earlier} with a kubelet before 1.33)`;
  return [
    foundError({
      ...{ component: 'kubelet', hop: 'caller-to-kubelet', cause: 'forbidden' },
      ...{ evidence, missingRule, commands: [...checks, ...commands] },
      ...{ node: location.node, address: target.address },
      message: `the kubelet denied a caller that called it directly (not kube-apiserver) get on ${resources}${ofEarlier}; the text does not name the caller${agent?.subject === undefined ? '' : `, but ${agent.name} usually is ${agent.subject}`}${target.path === undefined && agent === undefined ? '. If it is scraped through the API server (a URL with /proxy/), it needs get on nodes/proxy there' : ''}`,
    }),
  ];
}

function toKubelet(hop: HopName | undefined): HopName {
  return hop === 'apiserver-to-kubelet' || hop === 'caller-to-kubelet'
    ? hop
    : 'caller-or-apiserver-to-kubelet';
}
