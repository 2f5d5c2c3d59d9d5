import type { CredentialSources, Source } from '../config/credential-sources.ts';
import type { Credential } from '../config/credentials.ts';
import type { KubeletFlags } from './credentials.ts';

/** Where the CA and the credential for kubelets come from: flags replace the whole credential of the context. */
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

/** Those of what is sent alone: a kubelet gets no password, and an unverified one no token. */
export function sourcesOfCredential(
  sources: CredentialSources,
  { authorization, clientCertificate }: Pick<Credential, 'authorization' | 'clientCertificate'>,
): CredentialSources {
  // Of a plugin it is unknown before it runs whether it prints a certificate.
  const certificate = sources.certificate ?? sources.authorization;
  return {
    ca: sources.ca,
    certificate: clientCertificate && certificate,
    key: clientCertificate && (sources.key ?? certificate),
    authorization: authorization === undefined ? undefined : sources.authorization,
  };
}
