export interface PrecedingRequest {
  readonly url: string;
  readonly byCurl: boolean;
}

const mostLines = 14;
const longestLine = 1_000;

// A command at a prompt, in a trace or in a script. The host needs no scheme if it has a kubelet's port, or is a variable.
const command =
  /(?:^|[\s$#%+;&|])(?:curl|wget|Invoke-WebRequest|iwr)\s(?:[^\n]{0,600}?\s)?['"]?(https?:\/\/[^\s'"]{1,500}|[\w.-]{1,253}:102(?:50|55)(?:\/[^\s'"]{0,500})?|\$\{?\w{1,60}\}?(?::[\w${}]{1,60})?\/[^\s'"]{1,500})/;
const port =
  /(?:^|[\s$#%])(?:nc|ncat|netcat|telnet) (?:-\S{1,20} (?:\d{1,4} )?){0,5}([\w.-]{1,253}) (\d{2,5})\b/;
const kubeletctl =
  /(?:^|[\s$#%/])kubeletctl\s(?:[^\n]{0,600}?\s)?(?:-s|--server)[\s=]['"]?([\w.-]{1,253})/;
// `kubectl get --raw`. Its error contains neither the path nor the server.
const raw =
  /\b(?:kubectl|oc)\s(?:[^\n]{0,300}?\s)?--raw[\s=]{1,3}['"]?(\/api\/v1\/(?:proxy\/)?nodes\/[^\s'"]{1,500})/;
const answerToRaw =
  /^\s{0,20}Error from server \(NotFound\): the server could not find the requested resource\s{0,9}$/;
const handshake =
  /(?:^|[\s$#%])openssl s_client\s(?:[^\n]{0,300}?\s)?-connect[\s=]{1,5}['"]?([\w.-]{1,253}:\d{1,5}|\[[0-9a-fA-F:.]{2,60}\]:\d{1,5})/;
// A row of Prometheus' targets page, or the last line of a command with several lines.
const row = /^\s{0,20}(?:(?:[Ee]ndpoint|[Tt]arget|URL):\s{1,9})?['"]?(https?:\/\/[^\s'"|]{1,500})/;
// A sentence with the URL whose response is below it. Does not match a link after `see`.
const sentence =
  /(?<!\b[Ss]ee )(https?:\/\/[\w.-]{1,253}:102(?:50|55)\/[^\s'"|),:]{1,500})[^:\n]{0,200}$/;
// A line at which the search for a request ends, such as a target in state UP, or another program's message.
const ends =
  /^\s{0,20}(?:UP\b|(?:error|warning|fatal|panic)\b|[IWEF]\d{4} |\d{4}[-/]\d\d|[A-Z][a-z]{2} +\d+ \d\d:|(?:ts|time|level)=|(?:\S{0,80}[$#%] )?kubectl )/i;
const prompt = /^\s{0,20}(?:\[?[\w.-]{1,60}@[^\n]{1,100})?[$#%] \S/;
// Lines that curl -v and curl -i print before the body of a response.
const traceOfHttp = /^\s{0,20}(?:[<*{}](?:\s|$)|HTTP\/[\d.]{1,3} \d{3}\b)/;
const connected = /^\s{0,20}\* Connected to \S{1,253} \((\[?[\w.:]{1,60}\]?)\) port (\d{1,5})\b/;
/** Patterns of lines that contain a request, and functions that turn their first group into a URL. */
const requests: readonly (readonly [pattern: RegExp, urlOf: (found: string) => string])[] = [
  [command, (found) => withoutVariables(found.includes('://') ? found : `http://${found}`)],
  [kubeletctl, (host) => `https://${host}:10250`],
  [handshake, (address) => `https://${address}`],
];
// Beginnings of messages that contain their own request.
const speaksForItself =
  /^\s{0,20}(?:error(?!:\s{1,9}(?:server returned HTTP status|cannot verify ))|warning|hint|note|fatal|panic|The connection to|Unable to connect|cannot reach|[IWEF]\d{4} |\d{4}[-/]\d\d|[A-Z][a-z]{2} +\d+ \d\d:|(?:ts|time|level)=|\* |csr-|#{1,3} \d{3} )/i;
const hasTarget =
  /https?:\/\/(?!curl\.|kubernetes\.io\/)|\bdial tcp [\w[]|\bnodes\/(?!\w{1,20} at the cluster)|\bfrom Kubelet /;
const failure =
  /forbidden|unauthorized|x509|refused|timed out|timeout|deadline exceeded|no such host/i;

const relayed = /\bunable to upgrade connection\b/;
const notReached = /\bError from server\b|error dialing backend/;

// The end of a line that announces a URL in the next line.
const introduced = /(?::|\b(?:for|from|of|at|on))\s{0,9}$/;
const urlBelow =
  /^\s{0,20}(?:[-*] )?(https?:\/\/[\w.[\]:-]{1,260}(?::102(?:50|55)\/|\/api\/v1\/nodes\/)[^\s'"]{1,500})\s{0,9}$/;

/** Finds the request of a message that does not contain it: in the lines before the message, or in the line after it. */
export function requestBefore(
  lines: readonly string[],
  first: number,
  last: number,
  message: string,
): PrecedingRequest | undefined {
  const isToRaw = answerToRaw.test(message);
  if (!isToRaw && (speaksForItself.test(message) || hasTarget.test(message))) return undefined;
  const before = linesBefore(lines, first);
  if (isToRaw) return requestToRaw(before[0] ?? '');
  let reached: PrecedingRequest | undefined;
  for (const line of before) {
    const request = requestIn(line);
    // kubectl writes `unable to upgrade connection`. If a person mentions a URL before it, this URL is not kubectl's request.
    if (request && (request.byCurl || !relayed.test(message))) return request;
    reached = serverIn(line) ?? reached;
    if (isOfOthers(line)) break;
  }
  if (reached || !introduced.test(message)) return reached;
  const next = lines[last + 1]?.trim() === '' ? lines[last + 2] : lines[last + 1];
  const url = urlBelow.exec(next ?? '')?.[1];
  return url === undefined ? undefined : { url, byCurl: false };
}

/** The value of a variable of a shell is unknown: HOST stands for a host, and nothing for a port. */
function withoutVariables(url: string): string {
  return url.replace(/^(https?:\/\/)\$\{?\w{1,60}\}?(?::\$\{?\w{1,60}\}?)?/, '$1HOST');
}

function linesBefore(lines: readonly string[], first: number): readonly string[] {
  const before = lines.slice(Math.max(0, first - mostLines), first).reverse();
  const tooLong = before.findIndex((line) => line.length > longestLine);
  return tooLong < 0 ? before : before.slice(0, tooLong);
}

function requestToRaw(line: string): PrecedingRequest | undefined {
  const path = raw.exec(line)?.[1];
  return path === undefined
    ? undefined
    : { url: `https://kubernetes.default${path}`, byCurl: false };
}

function requestIn(line: string): PrecedingRequest | undefined {
  const toRaw = requestToRaw(line);
  // kubectl did not reach the container, so the URL in its command was not called.
  if (toRaw || notReached.test(line)) return toRaw;
  for (const [pattern, urlOf] of requests) {
    const found = pattern.exec(line)?.[1];
    if (found !== undefined) return { url: urlOf(found), byCurl: true };
  }
  const [, name, number] = port.exec(line) ?? [];
  if (number !== undefined) return { url: `https://${name}:${number}`, byCurl: true };
  const url = row.exec(line)?.[1] ?? sentence.exec(line)?.[1];
  // A line with both a URL and a failure is a separate message.
  return url === undefined || failure.test(line) ? undefined : { url, byCurl: false };
}

function serverIn(line: string): PrecedingRequest | undefined {
  const [, host = '', at] = connected.exec(line) ?? [];
  return at === undefined ? undefined : { url: `https://${host}:${at}`, byCurl: true };
}

/** Whether a line without a request belongs to another message, so that the search ends. */
function isOfOthers(line: string): boolean {
  return (
    [notReached, row, sentence, ends, prompt].some((pattern) => pattern.test(line)) ||
    (failure.test(line) && !traceOfHttp.test(line))
  );
}
