import type { OutgoingHttpHeaders } from 'node:http';
import { Failure } from '../../errors.ts';
import type { CredentialSources, Source } from '../../kube/config/credential-sources.ts';
import type { Credential } from '../../kube/config/credentials.ts';
import type { KubeletFlags } from '../../kube/kubelet-client/kubelet-access.ts';
import { isHarmlessHeader } from '../../kube/transport/request-head.ts';
import { bashLatin1Word, bashWord, shellWord } from '../../text/command.ts';

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
export function authorizationWords(
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
export function headerWords(
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

export function fileWord(source: Source, kubectl: readonly string[]): string {
  if (source.from === 'file') return shellWord(source.path);
  if (source.from === 'kubeconfig') return `<(${readField(source, kubectl)})`;
  throw unprintableSecret(source.from === 'flag' ? `the value of ${source.flag}` : source.title);
}

/** Escapes colons in the path of a certificate, because a colon begins a password in curl's --cert. */
export function certificateWord(source: Source, kubectl: readonly string[]): string {
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

export function unprintableSecret(title: string): Failure {
  return new Failure(`--print-curl cannot leave out ${title}`, {
    hints: ['without --print-curl, the request is sent with it'],
  });
}
