import type { OutgoingHttpHeaders } from 'node:http';
import { Failure } from '../../errors.ts';
import type { ServerTrust } from '../../kube/config/api-connection.ts';
import type { CredentialSources, Source } from '../../kube/config/credential-sources.ts';
import type { Credential } from '../../kube/config/credentials.ts';
import type { KubeletFlags } from '../../kube/kubelet-client/kubelet-access.ts';
import { formatProxy, type ProxyServer } from '../../kube/transport/proxy.ts';
import { isHarmlessHeader } from '../../kube/transport/request-head.ts';
import type { ServerAddress } from '../../kube/transport/server-address.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import { bashLatin1Word, bashWord, shellWord } from '../../text/command.ts';

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

/** If a flag gives a credential, ignores all credentials of the kubeconfig's context. */
export function kubeletSources(context: CredentialSources, flags: KubeletFlags): CredentialSources {
  const { clientCertificate, clientKey, tokenFile, certificateAuthority } = flags;
  const file = (path: string): Source | undefined =>
    path === '' ? undefined : { from: 'file', path };
  const trust = {
    ca:
      flags.insecureSkipTlsVerify || certificateAuthority === 'system'
        ? undefined
        : (file(certificateAuthority) ?? context.ca),
  };
  if (clientCertificate === '' && tokenFile === '') return { ...context, ...trust };
  return {
    ...trust,
    certificate: file(clientCertificate),
    key: file(clientKey),
    authorization: file(tokenFile),
  };
}

/**
 * Keeps only the credentials that are sent. A password is never sent to a kubelet, and a token only to a kubelet whose certificate is
 * verified.
 */
export function sourcesOfCredential(
  sources: CredentialSources,
  { authorization, clientCertificate }: Pick<Credential, 'authorization' | 'clientCertificate'>,
): CredentialSources {
  // A credential plugin is only in `authorization`: before it runs, nobody knows whether it returns a token or a certificate.
  const certificate = sources.certificate ?? sources.authorization;
  return {
    ca: sources.ca,
    certificate: clientCertificate && certificate,
    key: clientCertificate && (sources.key ?? certificate),
    authorization: authorization === undefined ? undefined : sources.authorization,
  };
}

/** Passes the token to curl by a pipe, because every user of a machine can see command lines. */
function authorizationWords(
  source: Source | undefined,
  kubectl: readonly string[],
  notes: string[],
): readonly string[] {
  if (!source) return [];
  if (source.from === 'elsewhere') throw unprintableSecret(source.title);
  if (source.from === 'flag') {
    notes.push(`set TOKEN to the value of ${source.flag} before you run it`);
    return [headerFromPipe('Authorization: Bearer', '$TOKEN')];
  }
  const read =
    source.from === 'file' ? `cat ${shellWord(source.path)}` : readField(source, kubectl);
  return [headerFromPipe('Authorization: Bearer', `$(${read})`)];
}

/** Lets curl read a header from printf: as a builtin of bash, printf has no command line that others can see. */
function headerFromPipe(start: string, value: string): string {
  return `-H @<(printf '${start} %s\\n' "${value}")`;
}

/** Values that may be secret are read from variables. */
function headerWords(
  { headers }: { readonly headers: OutgoingHttpHeaders },
  notes: string[],
): readonly string[] {
  const variables: string[] = [];
  const words = Object.entries(headers).flatMap(([name, values]) =>
    [values ?? []].flat().map((value, index) => {
      const text = String(value);
      if (isHarmlessHeader(name)) return `-H ${bashLatin1Word(headerLine(name, text))}`;
      const variable = `HEADER_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
      const numbered = index === 0 ? variable : `${variable}_${index + 1}`;
      variables.push(numbered);
      return headerFromPipe(
        `${name.replaceAll("'", String.raw`'\''`).replaceAll('%', '%%')}:`,
        `$${numbered}`,
      );
    }),
  );
  if (variables.length > 0)
    notes.push(`set ${variables.join(', ')} to the values of your own headers before you run it`);
  return words;
}

/** Writes an empty value as `NAME;`, because `NAME:` makes curl omit the header. */
function headerLine(name: string, value: string): string {
  return value === '' ? `${name};` : `${name}: ${value}`;
}

function fileWord(source: Source, kubectl: readonly string[]): string {
  if (source.from === 'file') return shellWord(source.path);
  if (source.from === 'kubeconfig') return `<(${readField(source, kubectl)})`;
  throw unprintableSecret(source.from === 'flag' ? `the value of ${source.flag}` : source.title);
}

/** Escapes colons in the path of a certificate, because a colon begins a password in curl's --cert. */
function certificateWord(source: Source, kubectl: readonly string[]): string {
  if (source.from !== 'file') return fileWord(source, kubectl);
  return shellWord(source.path.replaceAll(/[\\:]/g, String.raw`\$&`));
}

function readField(
  { jsonPath, isBase64 }: Source & { readonly from: 'kubeconfig' },
  kubectl: readonly string[],
): string {
  const read = [...kubectl, 'config', 'view', '--raw', '-o', `jsonpath=${jsonPath}`];
  return `${read.map(bashWord).join(' ')}${isBase64 ? ' | base64 -d' : ''}`;
}

function unprintableSecret(title: string): Failure {
  return new Failure(`--print-curl cannot leave out ${title}`, {
    hints: ['without --print-curl, the request is sent with it'],
  });
}
