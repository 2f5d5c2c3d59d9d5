import { type PrecedingRequest, requestBefore } from './request-before.ts';

/** One error message of a text, on one line. */
export interface Message {
  /** As it was pasted. */
  readonly raw: string;
  /** The same without the backslashes of klog, JSON and shells. */
  readonly plain: string;
  /** The same, but put together as if a terminal had broken words in two; undefined if it was on one line anyway. */
  readonly tight: string | undefined;
  /** The request that stands in a line of its own before a bare answer. */
  readonly precedingRequest?: PrecedingRequest | undefined;
  readonly near: TextContext | undefined;
}

/** Facts of a message in other lines of the text. */
export interface TextContext {
  /** The numbers of processes that are kubelets. */
  readonly kubelets?: ReadonlySet<string>;
  /** Processes that are API servers. */
  readonly apiServers?: ReadonlySet<string>;
  /** They are of a kubelet, which asks the API server who calls it. */
  readonly hasKubelet?: boolean;
  /** They are of a client of the API that asked for a stream. */
  readonly isStream?: boolean;
  /** They are of kubectl, which was to reach a container. */
  readonly isCommand?: boolean;
  /** They are of another matter than a cluster. */
  readonly isElsewhere?: boolean;
  /** They are of an agent of k3s or RKE2, which keeps a tunnel to its servers. */
  readonly isTunnel?: boolean;
  /** They tell of an APIService, and of no kubelet. */
  readonly isAggregated?: boolean;
  /** They tell of kubelets as the targets of a scraper. */
  readonly isScraped?: boolean;
}

/** Lines that may be one message. A new part begins where only the width of the line before suggests that it goes on. */
export interface Passage {
  readonly parts: readonly string[];
  readonly precedingRequest: PrecedingRequest | undefined;
}

// Words that every explained error has somewhere. Slower searches look only around them.
const anchorWords =
  /forbidden|unauthorized|authorization error|x509|tls:|certificate|no such host|connection refused|was refused|no route to host|(?:network|host) is unreachable|timeout|timed out|deadline exceeded|broken pipe|: EOF|unexpected EOF|no agent available|tunnel closed|dial closed|error dialing backend|unable to upgrade connection|received too many requests|prevented the request from succeeding|failing or missing response|bad gateway|service unavailable|proxy authentication|method not allowed|bad request|internal server error|not found|not allowed to modify|cannot modify|preferred addresses|host is down|network is down|permission denied|not permitted|invalid port|missing port|context canceled|was canceled|suitable address|sent GOAWAY|idle connection|stream error|SocketException|disconnected|other side closed|0 bytes from|temporarily unavailable|trust relationship|remote host |address matched|proxy error|proxyconnect|tunnel(?: connection|ing)? failed|connect to proxy|the proxy (?:cannot be|answered|made no)|HTTP\/0\.9|bad address '|closed cleanly|resolve proxy|proxy after CONNECT|tunnel(?:l?ing)? (?:socket|failed|request|through)|HTTP Tunneling|unsuccessful tunnel|HttpProxyError|too many open files|SSH tunnels|verification failed\. CAfile|marked as not trusted|UNTRUSTED_ROOT|no metrics returned|no metrics known|that matched types|upgrade headers|invalid Upgrade request|socat not found|invalid Host header|no space left|ssh: rejected|transport is closing|time allotted|unable to retrieve container logs|error creating (?:error|forwarding) stream|create port-forward |executing command in container|error forwarding port|request failed - |no tunnels available|no backend available|Error while proxying request|: Try again|certificate av|CERTIFICATE_VERIFY_FAILED|subresource ?(?:\(s\))? ?[=:]|\bE[MN]FILE\b|unable to handle the request|provide credentials|logged in to the server|is disabled|getting credentials: |are disabled|admission webhook|AdmissionPolicy|does not allow this method|find the requested resource|metrics api not available|curl: \(|ECONN|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPROTO|_CERT|CERT_|UNABLE_TO_|INVALID_PURPOSE|: lookup |\blookup \S{1,260}(?: on \S{1,100}| ?(?:\.{3}|\u2026))?: |cannot reach the|has no address of type|answered (?:[A-Z]{3,7} \S{1,2000} with )?[45]\d\d|kubelets deny|unable to authenticate|does not exist|upgrade request required|empty server response|error upgrading connection|bad handshake|finished before becoming ready|is not valid for pod|in a completed pod|pod is not running|have a host assigned|HTTP response|HTTP request|\\x15|RBAC permissions|RBAC DENY|closed network connection|not an metav1\.Status|find Session for client|Sending HTTP(?:\/1\.\d)? 50\d|metrics not available|gave HTTP response|kubelet upstream connection|reach Kubelet with host|detect the kubelet URL|kubelet data was not populated|status code|tokenreviews|response headers exceeded|must specify at least 1 of|cannot assign requested address|Empty tunnel list|valid hostname and\/or IP|isn't running or healthy|is not healthy after|does not allow access to the requested|scrape Prometheus endpoint|failure in kubeutil|resp=40[13]|:10248(?:\/healthz|: )|:10255\/healthz|failed to open log file|at the cluster scope|cannot [a-z]{1,20} resource "|node CSR with CN=|X-Stream-Protocol-Version|\b(?:an?|returns?|gets?|got) 40[13]\b|unable to load bootstrap kubeconfig|actively refused|properly respond|connectex: |unreachable (?:network|host)|forcibly closed|aborted by the software|resolving symlinks in path|Internal Error: |RestClient::|Name or service not|Handshake status [45]\d\d|cannot create certificate signing request: |find \S{1,253} session|cluster agent (?:to connect|is )|cluster not found|invalid URL port|to setup the tunnel|only access node lease|reset by peer|SSL_connect SYSCALL|Error: 'EOF'|missing \w{1,20} usage metric|did not receive metrics|websocket: close 1006|contain any IP SANs|indicate success: |\b(?:HTTP(?:\/[\d.]{1,3})?|status|code|error|returned|responded with|answered|awaiting response\.\.\.|got|failed -)['"]?\s?[:=]?\s?['"(]?[45]\d\d\b|\b[45]\d\d\b['")]?:? (?:Client Error|Server Error|[(]?(?:Bad Request|Unauthorized|Forbidden|Not Found|Method Not|Too Many|Internal Server|Bad Gateway|Service Unav|Gateway Time))|returned HTTP status|not allowed to modify (?:labels|taints)|": [45]\d\d;|valid client cert\b|unexpected (?:server response|response (?:status )?code)|HTTP 101 response|when status code '101'|status line = |<-- {1,2}(?:HTTP|[45]\d\d)|failed to switch protocol|closed connection without|connection lost|socket hang up|unexpected end of stream|closed before message|ended prematurely|OCI runtime exec failed|runtime error: exec failed|protocol scheme|URL cannot contain colon|no Host in request|kubelet is not running|not recognized as kubelet|relationship found between|No Object name found|etcdserver: |Node password |Timeout occur|no path found to object|unknown node for user|is not available|get container status|port forwarding: \w{3,12} not found|dial tcp [^\s"]{1,260}:\d{1,5}:|dial tcp: address |\bpeer certificate: |UnknownHost|certification path|(?:fatal|TLS) alert|alert:? '?(?:internal|handshake|bad|certificate|unknown|protocol|number)|name resolution|server misbehaving|resolve host|nodename nor servname|address associated with|lookup address information|\(getaddrinfo: |ADDRNOTAVAIL|: no route|waiting for connection|failed to connect to |Errno 111|setup TLS handshake|err="rpc error: code|dial unix |failed to dial |\bvpn-(?:seed|shoot)|does not look like a TLS|wrong version number|does not speak|headers of its answer|unknown authority|authority that is not trusted|trust anchor|UnknownIssuer|UntrustedRoot|PartialChain|verify the issuer|valid for any names|legacy Common Name|target host name|\bnames? (?:matches|matching|present)|doesn't match|not verified|NotValidForName|not yet valid|key usage|not meant for|the TLS handshake|connection within|answer within|did not end|connection was cut|Empty reply from|end closed connection|services (?:https?:)?heapster|exceeds retry count|response in time|in the allowed list|token CA hash|exec into or attach|parsing metrics: |parse output|pkg\/kubelet\/[\w/]{1,60}\.go:\d{1,5}: Failed|(?:getting node|node status|node lease|lease exists)\b[^\n]{0,200}: (?:Get|Put|Post|Patch)\b/;
// A terminal or a writer may have folded them.
const anchor = new RegExp(
  anchorWords.source.replaceAll(' ', String.raw`(?: |\n[ \t]{0,40})`),
  'gi',
);

const anchorAnywhere = new RegExp(anchor, 'i');

// A line like this is the first of a message, whatever stands before it.
const beginning =
  /^(?:error(?:[:=[]| from server| dialing )|(?:warning|note|hint|why|remedy|missing|fatal|panic|run)[:=[]|(?:curl|wget|nc|ncat|telnet|bash): |[IWEF]\d{4} |\w{2,40}\.go:\d{1,5}\] |[A-Z]{4}\[\d{4,9}\] |\d{4}[-/]\d\d|[A-Z][a-z]{2} +\d+ \d\d:|\d\d:\d\d|(?:ts|time|level|msg)=|\{|\[[\w:/. +-]{1,60}\] |[$#>*<%] |kubectl |Unable to|The connection|Unauthorized|Forbidden(?! for )|Authorization error|x509: |remote error|dial tcp|(?:Get|Post|Put|Patch) "|(?:Warning|Normal)\s{1,20}[A-Z][A-Za-z]{1,60}\s|Defaulted|Internal error|404:? page not found|(?:DOWN|UP)\s+\w+="|https?:\/\/\S{1,500}(?:\s+(?:\||DOWN|UP)|(?<![:,"])\s{0,9}$)|csr-|metrics not available|\d{1,3}(?:\.\d{1,3}){3} - )/i;
// Other clients name the request after their error.
const requestOfGo = /^(?:Get|Post|Put|Patch) https?:/;
const continued =
  /^(?:\s|[()}\],]|: |Trying to reach: '|\{APIGroups|(?:user|verb|resource|subresource(?: ?\(s\))?)\s{0,9}[=:])/i;

// The reason is in the next line.
const cutBehindUrl = /https?:\/\/[^\s"]{1,500}"?:[ \t]{0,20}$/;

// A row of the targets page of Prometheus.
const bareUrl = /^https?:\/\/[^\s"]{1,500}\s{0,9}$/;
const stateOfTarget = /^(?:DOWN|UP)\s+\w+="/;

// The reason is in the next line, whatever it begins with elsewhere.
const cutBeforeReason = /\S:[ \t]{0,20}$/;
const cutInChain = /(?:: [^:\n]{1,200}|\berr):[ \t]{0,20}$/;
const bareReason = /^(?:Unauthorized|EOF|context deadline exceeded)\b/;
const longestTail = 300;
// A line of klog without its message.
const headOfLine = /^[IWEF]\d{4} [^\n]{0,60}\.go:\d{1,5}\][ \t]{0,20}$/;
const reason = /^(?:(?:Get|Post) "?https?:|x509: |remote error: |tls: |dial tcp:? |lookup )/;

// Words that belong together, whatever the width of the line in which they are folded.
const phrases = new RegExp(
  [
    String.raw`(?:Unable to connect to the server|Error from server(?: \(\w{1,40}\))?|error dialing backend|error trying to reach service|unable to upgrade connection): (?=[\w"])`,
    String.raw`\b(?:dial|read|write) tcp (?:\S{1,100}:\d{1,5}: (?=[\w(])|(?=[\d[]))`,
    String.raw`\blookup \S{1,253}(?: on \S{1,100})?: (?=\w)`,
    'connect: (?:connection (?:refused|timed out)|no route to host|network is unreachable)',
    'connection refused|i/o timeout|no such host|server misbehaving|no route to host',
    'tls: failed to verify certificate: x509: (?=[a-z])',
    'certificate (?:signed by unknown authority|has expired or is not yet valid|is valid for [^"]{1,80}, not)',
    String.raw`cannot validate certificate for \S{1,100} because it doesn't contain any IP SANs`,
    'remote error: tls: (?=[a-z])|TLS handshake timeout|context deadline exceeded',
    'cannot [a-z]{1,20} resource "[^"]{1,100}" in API group "[^"]{0,100}" (?:at the cluster scope|in the namespace)',
  ].join('|'),
  'gi',
);
const longestPhrase = 160;

// The rest of a phrase, or a reason, may begin as messages do.
const inner = /^(?:\\?"|error: tls: |internal error$|connect(?:ex)?: )/i;

function beginsAnother(line: string): boolean {
  return beginning.test(line) && !reason.test(line) && !inner.test(line);
}

/** Whether a phrase ends in the next line. */
function isFolded(previous: string, next: string): boolean {
  if (beginsAnother(next)) return false;
  const start = previous.slice(-longestPhrase).trimEnd();
  const both = `${start} ${next.slice(0, longestPhrase).trimStart()}`;
  return [...both.matchAll(phrases)].some(
    ({ index, 0: { length } }) => index < start.length && index + length > start.length,
  );
}

// The URL is in the next line.
const cutBeforeUrl = /\b(?:Get|GET|Post|POST|Put|Patch|Delete|Head)(?: \\?"?)?[ \t]{0,20}$/;

const longestSide = 4_000;
const mostLines = 40;
const wrapWidth = 60;
const longestWrap = 80;
const mostCharacters = 200_000;
const mostAlike = 20;
const keyWidth = 200;
const mostCandidates = 20_000;

/** The passages of a normalized text that may be errors, in order. Takes time in proportion to it, whatever stands in it. */
export function splitMessages(clean: string): readonly Passage[] {
  const found: Passage[] = [];
  const alike = new Map<string, number>();
  let covered = 0;
  let characters = 0;
  let looks = 0;
  for (const index of anchorsOf(clean)) {
    if (index < covered) continue;
    looks += 1;
    if (looks > mostCandidates) break;
    const low = Math.max(covered, index - longestSide);
    const high = Math.min(clean.length, index + longestSide);
    const end = lineEnd(clean, index, high);
    // The same line of a log, again and again, must not hide what comes after it.
    const around = [
      lineStart(clean, index, Math.max(low, index - keyWidth)),
      Math.min(end, index + keyWidth),
    ];
    const key = clean.slice(...around).replaceAll(/\d+/g, '');
    const count = (alike.get(key) ?? 0) + 1;
    alike.set(key, count);
    covered = end;
    if (count > mostAlike) continue;
    const [first, last] = bounds(clean, index, low, high);
    const lines = clean.slice(first, last);
    covered = last;
    characters += lines.length;
    if (characters > mostCharacters) break;
    found.push({ parts: partsOf(lines), precedingRequest: requestBefore(clean, first, lines) });
  }
  return found;
}

/** Where an anchor begins. One that is folded may hide another in its next line. */
function* anchorsOf(clean: string): Generator<number, void> {
  const search = new RegExp(anchor);
  for (let match = search.exec(clean); match; match = search.exec(clean)) {
    yield match.index;
    const [words] = match;
    const fold = words.indexOf('\n');
    if (fold > 0) search.lastIndex = match.index + fold;
  }
}

const narrowest = 40;
const widest = 250;
// More than anybody copies from a terminal.
const longestWrapped = 100_000;

/** Puts together what a terminal broke into three lines or more, all but the last of the same width. */
export function rejoined(clean: string): string {
  const lines = clean.split('\n');
  const isSame = (at: number) => {
    const [own = '', next = ''] = [lines[at], lines[at + 1]];
    return own.length === next.length && isBroken(own, next);
  };
  const joined: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    let last = at;
    while (isSame(last)) last += 1;
    const [own = '', next = ''] = [lines[last], lines[last + 1]];
    const isEnd = next.trim() !== '' && isBroken(own, next);
    const run = lines.slice(at, last + 2);
    // Two lines are of the same width by chance, too, but then words are whole.
    const isSure = last > at + 1 || run.some((line) => /^ \S|\S $/.test(line));
    if (last > at && isEnd && isSure) last += 1;
    else last = at;
    joined.push(lines.slice(at, last + 1).join(''));
    at = last;
  }
  return joined.join('\n');
}

const isWide = ({ length }: string) => length >= narrowest && length <= widest;

function isBroken(own: string, next: string): boolean {
  return isWide(own) && own.length >= next.length && !beginning.test(next) && !areRows(own, next);
}

/** Whether two lines are of a table, or tell of the same. */
function areRows(one: string, other: string): boolean {
  const gap = one.search(/\S {2,}\S/);
  return (
    (gap >= 0 && other.search(/\S {2,}\S/) === gap) ||
    /^\W*\w+/.exec(one)?.[0] === /^\W*\w+/.exec(other)?.[0]
  );
}

/**
 * The same text with what a terminal or a mail may have wrapped put together again, whatever its width: lines as long as the one
 * before them broken anywhere, or all broken between words. They may have been lines of their own as well.
 */
export function unwrapped(clean: string): readonly string[] {
  if (clean.length > longestWrapped) return [];
  const lines = clean.split('\n');
  const isWrapped = (own: string, next: string) =>
    isWide(own) &&
    own.length + 1 + next.search(/\s|$/) > next.length &&
    (!beginning.test(next) || (!beginsAnother(next) && isOpenEnd.test(own)) || isFolded(own, next));
  return [joinLines(lines, isBroken, ''), joinLines(lines, isWrapped, ' ')].filter(
    (text) => text !== clean,
  );
}

// Nothing ends so.
const isOpenEnd = /(?:[:,(=]|\bGet|\btcp)\s*$/;

function joinLines(
  lines: readonly string[],
  goesOn: (own: string, next: string) => boolean,
  between: string,
): string {
  const joined = lines.map((own, index) => {
    const next = lines[index + 1]?.trim() ?? '';
    return own.trim() !== '' && next !== '' && goesOn(own, next)
      ? own.trimEnd() + between
      : `${own}\n`;
  });
  return joined.join('');
}

/** Whether words name a failure that can be explained. */
export function mayFail(words: string): boolean {
  return anchorAnywhere.test(words);
}

/** Lines that belong together whatever their width is stay in one part. */
function partsOf(lines: string): readonly string[] {
  const parts: string[] = [];
  for (const next of lines.split('\n')) {
    const last = parts.at(-1);
    if (last === undefined || !(continued.test(next) || isOpen(last) || isCut(last, next)))
      parts.push(next);
    else parts[parts.length - 1] = `${last}\n${next}`;
  }
  return parts;
}

export function parseMessage(
  lines: string,
  precedingRequest?: PrecedingRequest,
  near?: TextContext,
): Message {
  const parts = lines.trim().split('\n');
  const raw = parts.join(' ').replaceAll(/\s+/g, ' ');
  if (parts.length === 1)
    return { raw, plain: unescaped(raw), tight: undefined, precedingRequest, near };
  // Lines of the same length, but for the last, are of a terminal that breaks words.
  const [width = 0] = parts.map(({ length }) => length);
  const isBroken =
    parts.length > 2 &&
    width >= wrapWidth &&
    parts.slice(0, -1).every(({ length }) => length === width);
  // By chance, words may end at the same width, too.
  if (isBroken)
    return { ...parseMessage(parts.join(''), precedingRequest, near), tight: unescaped(raw) };
  const tight = unescaped(parts.map((line) => line.trim()).join(''));
  return { raw, plain: unescaped(raw), tight, precedingRequest, near };
}

/** A message in a JSON string in a message of klog in a message of another logger: three levels have been seen. */
function unescaped(text: string): string {
  let plain = text;
  for (let level = 0; level < 3 && /\\["'nxu]/.test(plain); level += 1)
    plain = plain.replaceAll(
      /\\(?:(["'\\/])|x5c|(?:u00|x)(22|27|3c|3e|26)|[ntr])/gi,
      (all, sign, code) => {
        if (sign !== undefined) return sign;
        if (all.toLowerCase() === String.raw`\x5c`) return '\\';
        return code === undefined ? ' ' : String.fromCharCode(Number.parseInt(code, 16));
      },
    );
  return plain;
}

/** From the first to the last line of the message around `index`. */
function bounds(
  text: string,
  index: number,
  lowest: number,
  highest: number,
): readonly [number, number] {
  let start = lineStart(text, index, lowest);
  for (let count = 0; count < mostLines && start > lowest; count += 1) {
    const before = lineStart(text, start - 1, lowest);
    if (!joins(text.slice(before, start - 1), line(text, start, highest))) break;
    start = before;
  }
  let end = lineEnd(text, index, highest);
  for (let count = 0; count < mostLines && end < highest; count += 1) {
    const next = line(text, end + 1, highest);
    const last = text.slice(lineStart(text, end, start), end);
    if (!joins(last, next) && !(isOpen(text.slice(start, end)) && goesOn(next))) break;
    end = lineEnd(text, end + 1, highest);
  }
  return [start, end];
}

// An item of a list of texts in a program or in YAML.
const item = /^\s*(?:- )?(?:"[^"\n]{0,1000}(?:\\"[^"\n]{0,1000}){0,20}"|'[^'\n]{0,1000}'),?\s*$/;

function joins(previous: string, next: string): boolean {
  if (previous.trim() === '' || next.trim() === '') return false;
  if (item.test(previous) && item.test(next)) return false;
  if (continued.test(next) || cutBehindUrl.test(previous) || cutBeforeUrl.test(previous))
    return true;
  if (headOfLine.test(previous) || isCut(previous, next)) return true;
  if (stateOfTarget.test(next)) return bareUrl.test(previous);
  return isFull(previous, next) && goesOn(next);
}

/** Whether the next line has the rest of a phrase, or the reason of what is told. */
function isCut(previous: string, next: string): boolean {
  const last = previous.slice(-longestTail);
  return (
    (cutBeforeReason.test(last) && reason.test(next)) ||
    (cutInChain.test(last) && bareReason.test(next)) ||
    isFolded(previous, next)
  );
}

/** Whether the first word of the next line would not have fitted. */
function isFull(previous: string, next: string): boolean {
  const word = next.search(/\s|$/);
  return previous.length >= wrapWidth || previous.length + word > longestWrap;
}

function goesOn(next: string): boolean {
  return next.trim() !== '' && !beginning.test(next) && !requestOfGo.test(next);
}

/** Whether a parenthesis or a quotation has not ended. */
function isOpen(text: string): boolean {
  const count = (sign: string) => text.split(sign).length;
  return count('(') > count(')') || count('{') > count('}') || count('"') % 2 === 0;
}

function line(text: string, start: number, highest: number): string {
  return text.slice(start, lineEnd(text, start, highest));
}

// In a slice, as a search would go to the ends of a text that has no lines.
function lineStart(text: string, index: number, lowest: number): number {
  return lowest + text.slice(lowest, index).lastIndexOf('\n') + 1;
}

function lineEnd(text: string, index: number, highest: number): number {
  const length = text.slice(index, highest).indexOf('\n');
  return length < 0 ? highest : index + length;
}
