import type { OutgoingHttpHeaders } from 'node:http';
import type { ServerTrust } from '../../kube/config/api-connection.ts';
import type { CredentialSources, Source } from '../../kube/config/credential-sources.ts';
import { formatProxy, type ProxyServer } from '../../kube/transport/proxy.ts';
import type { ServerAddress } from '../../kube/transport/server-address.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import { bashWord, shellWord } from '../../text/command.ts';
import {
  authorizationWords,
  certificateWord,
  fileWord,
  headerWords,
  unprintableSecret,
} from './print-curl-secrets.ts';

export interface PrintedCall {
  readonly server: ServerAddress;
  readonly trust: Pick<ServerTrust, 'serverName' | 'verify'>;
  /** Undefined if there is no proxy. `none` makes curl ignore the proxy in the environment. */
  readonly proxy: ProxyServer | 'none' | undefined;
  /** Whether curl uses the server's CA and client certificate for an HTTPS proxy, too. */
  readonly proxySharesTls: boolean;
  readonly sources: CredentialSources;
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** Values of -d, such as `@FILE`. */
  readonly data: readonly string[];
  /** Options that need no translation, such as `--include`. */
  readonly options: readonly string[];
  readonly retries: number;
}

export interface PrintedLine {
  /** Command for bash, without a line end. */
  readonly line: string;
  /** Steps that the user must take before running the command, and options that the command leaves out. */
  readonly notes: readonly string[];
}

/** Throws a Failure if no shell command can read a needed secret. @param kubectl kubectl with the flags that choose the kubeconfig */
export function renderCurl(call: PrintedCall, kubectl: readonly string[]): PrintedLine {
  const { trust, sources, method, options } = call;
  const notes: string[] = [];
  const target = urlOf(call);
  const { ca, certificate, key } = sources;
  const pem = (source: Source) => fileWord(source, kubectl);
  const words = [
    'curl -sS --http1.1',
    ...(trust.verify ? [] : ['-k']),
    ...(ca ? [`--cacert ${pem(ca)}`] : []),
    ...(certificate ? [`--cert ${certificateWord(certificate, kubectl)}`] : []),
    ...(key ? [`--key ${pem(key)}`] : []),
    ...proxyWords(call, kubectl),
    ...target.words,
    ...('authorization' in call.headers
      ? []
      : authorizationWords(sources.authorization, kubectl, notes)),
    ...headerWords(call, notes),
    ...methodWords(method, call.data.length > 0),
    ...call.data.map((value) => `--data ${bashWord(value)}`),
    ...options.map(shellWord),
  ];
  if (call.retries > 0) {
    // curl reads certificates and keys again for each connection, but a pipe can be read only once.
    const isOnce = [ca, certificate, key].some((source) => source?.from === 'kubeconfig');
    if (isOnce)
      notes.push('--retry is left out: curl cannot read certificates from kubectl a second time');
    else words.push(`--retry ${call.retries}`);
  }
  const url = shellWord(target.url);
  return { line: `${words.join(' ')} ${url}`, notes };
}

/** The URL contains the server name, because curl verifies the name in the URL. --connect-to then gives curl the real address. */
function urlOf({ server, trust, path, headers }: PrintedCall): {
  url: string;
  words: readonly string[];
} {
  const { secure, host, port, prefix, authority } = server;
  const real = formatHostPort({ host: host.replace('%', '%25'), port });
  const named =
    trust.serverName === undefined || !secure
      ? real
      : formatHostPort({ host: trust.serverName, port });
  const url = `${secure ? 'https' : 'http'}://${named}${prefix}${path}`;
  return {
    url,
    words: [
      ...(named === real ? [] : [`--connect-to ${shellWord(`${named}:${real}`)}`]),
      ...(named === real || 'host' in headers ? [] : [`-H ${shellWord(`Host: ${authority}`)}`]),
      ...(/\/(?:\.|%2e){1,2}(?=[/?]|$)/i.test(url) ? ['--path-as-is'] : []),
      ...(/[[\]{}]/.test(url) ? ['--globoff'] : []),
    ],
  };
}

function methodWords(method: string, hasData: boolean): readonly string[] {
  if (method === 'HEAD') return ['--head'];
  return method === (hasData ? 'POST' : 'GET') ? [] : [`-X ${shellWord(method)}`];
}

function proxyWords(
  { proxy, proxySharesTls, sources }: PrintedCall,
  kubectl: readonly string[],
): readonly string[] {
  if (proxy === undefined) return [];
  if (proxy === 'none') return ["--noproxy '*'"];
  // With socks5h, the proxy resolves names.
  const url = formatProxy(proxy).replace(/^socks5:/, 'socks5h:');
  const words = [`--proxy ${shellWord(url)}`];
  if (proxy.user) throw unprintableSecret("the proxy's user and password");
  if (proxy.scheme !== 'https' || !proxySharesTls) return words;
  const { ca, certificate, key } = sources;
  if (ca) words.push(`--proxy-cacert ${fileWord(ca, kubectl)}`);
  if (certificate) words.push(`--proxy-cert ${certificateWord(certificate, kubectl)}`);
  if (key) words.push(`--proxy-key ${fileWord(key, kubectl)}`);
  return words;
}
