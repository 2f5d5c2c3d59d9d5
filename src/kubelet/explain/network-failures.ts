import { causesIn } from '../causes/causes.ts';
import type { HopName } from '../causes/hop.ts';
import { isOtherHost } from './destination.ts';
import { describedError, type FoundError } from './explanation.ts';
import { type Location, whereOf } from './locate.ts';

// A message that begins with a network or TLS error, and does not say where the error occurred.
const bare =
  /^(?:#{1,6} |\.{3} )?(?:[Ee]rror:? |err(?:or)?=")?(?:x509: |cannot validate certificate for |tls: |remote error: tls: |dial tcp|connect: (?![A-Z])|read tcp|lookup \S+ on |net\/http: TLS|Client sent an HTTP request|curl: \((?:6|7|28|35|52|56|60)\) )/;

// Errors of Unix sockets. They occurred on the server's own host, not on the network.
const toSocket = /\b(?:dial unix|failed to dial) "?\/[^\s"]{1,300}"?[:-] ?[^,\n"]{0,100}/g;

export function networkFailures(text: string, location: Location): readonly FoundError[] {
  const { speaker, target } = location;
  const isNamed =
    (bare.test(text) &&
      !location.isElsewhere &&
      target.is !== 'other' &&
      !isOtherHost(wantedHost(text, location))) ||
    isProse(text, location) ||
    isUnresolvedNode(text, location) ||
    unnamed.test(text);
  const hop = location.hop ?? (isNamed ? toldHop(text) : undefined);
  // Skips messages of kubeadm up to 1.8, which called the read-only port of the kubelet on its own host, not over the network.
  if (/'curl -sSL https?:\/\/localhost:10255\/healthz(?:\/syncloop)?' failed/.test(text)) return [];
  if (hop === undefined || (/TLS handshake error from/.test(text) && !isServerLog(text, location)))
    return [];
  const where = whereOf(location, hop);
  const between = text.replaceAll(toSocket, (words) => ' '.repeat(words.length));
  return causesIn(between, { hop, speaker, address: target.address }).map((found) =>
    describedError(found, where, evidenceAround(text, found.index, found.evidence)),
  );
}

/**
 * Returns the host that the client called: the name that the server's certificate lacks; if there is none, the address in the text.
 */
function wantedHost(text: string, { target }: Location): string {
  const wanted = /certificate is valid for [^"\n]{1,400}?, ?not ([\w.-]{1,253})/.exec(text)?.[1];
  return (wanted ?? target.address ?? '').replace(/[.,]$/, '');
}

// Words of errors that are not about calls to kubelets.
const otherMatters =
  /image|registr|pull|probe|mount|volume|webhook|etcd|\bcni\b|plugin|sandbox|join|api ?server|apiserver|lease|register|https?:\/\/|dial |lookup |level=|[IWEF]\d{4} |\d\d:\d\d:\d\d|\.go:/i;
const kubeletWord =
  /(?<![/.-])\b(?:kubelets?|metrics[ -]server)\b(?![/.-]\w)|\b(?:kubectl|oc) (?:logs?|exec|attach|port-forward|cp|rsh|top)\b/i;

/** Whether a message is a short sentence in which a person mentions a kubelet and a reason. */
function isProse(text: string, { target, speaker }: Location): boolean {
  return (
    target.is === 'unknown' &&
    speaker === 'other' &&
    text.length < 300 &&
    kubeletWord.test(text) &&
    !otherMatters.test(text)
  );
}

// Words with which people describe a reason without quoting its error message.
const servingCertificate = /\bkubelets?(?:'s)? (?:server|serving)\b[^\n]{0,40}\bcertificates?\b/i;
const streamCommand = /\b(?:kubectl|oc) (?:logs?|exec|attach|port-forward|rsh)\b/i;
const reasonOfTls = /x509|certificate|tls/i;

// Words in kube-apiserver's log about a relayed request. kube-apiserver writes a TLS error without a server only for kubelets.
const unnamed = /not an (?:metav1|api)\.Status: (?:x509: |tls: |remote error: tls: )/;

// Does not match after `Unable to connect to the server`, because then kubectl itself could not resolve the name.
const unresolved =
  /(?<!Unable to connect to the server: [^\n]{0,60})\blookup \S{1,260}(?: on \S{1,100})?: no such host/;

/** Whether a kubectl command for a pod failed because kube-apiserver could not resolve the node's name. */
function isUnresolvedNode(text: string, { target }: Location): boolean {
  return target.is === 'unknown' && streamCommand.test(text) && unresolved.test(text);
}

function toldHop(text: string): HopName {
  if (unnamed.test(text)) return 'apiserver-to-kubelet';
  if (/Unable to connect to the server/i.test(text)) return 'unknown';
  if (streamCommand.test(text) && (reasonOfTls.test(text) || unresolved.test(text)))
    return 'apiserver-to-kubelet';
  return servingCertificate.test(text) ? 'caller-or-apiserver-to-kubelet' : 'unknown';
}

/**
 * Whether the log of a kubelet or kube-apiserver contains a failed handshake with its reason. Port scanners and load balancers
 * cause handshake errors without a reason.
 */
function isServerLog(text: string, { speaker }: Location): boolean {
  return (
    (speaker === 'kubelet' || speaker === 'kube-apiserver') &&
    /TLS handshake error from \S+: (?:remote error|no (?:serving )?certificate)/.test(text)
  );
}

const beginnings = [
  ...['Get "', 'dial tcp', 'error dialing backend', 'error trying to reach service'],
  ...['x509: ', 'lookup ', 'curl: ('],
];

/** Extends the words of an error back to the beginning of its request, if this is at most 160 characters before the error. */
function evidenceAround(text: string, index: number, words: string): string {
  const before = text.slice(Math.max(0, index - 160), index);
  const whole = before.lastIndexOf('Unable to connect');
  const starts = beginnings.map((words) => before.lastIndexOf(words));
  const start = whole >= 0 ? whole : Math.max(...starts);
  return (start < 0 ? '' : before.slice(start)) + words;
}
