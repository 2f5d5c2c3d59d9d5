import { Buffer } from 'node:buffer';
import type { OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { type CredentialSources, noSources } from '../../kube/config/credential-sources.ts';
import type { Credential } from '../../kube/config/credentials.ts';
import type { Environment } from '../../kube/environment.ts';
import { writePrivateFolder } from '../../kube/private-folder.ts';
import { isHarmlessHeader } from '../../kube/transport/harmless-header.ts';
import type { ProxyServer } from '../../kube/transport/proxy.ts';
import type { PrintedCall } from './print-curl.ts';

/** All that a command needs and must not hold. */
export interface Secret {
  /** PEM. */
  readonly ca: string | undefined;
  readonly credential: Pick<Credential, 'authorization' | 'clientCertificate'>;
  readonly headers: OutgoingHttpHeaders;
  readonly proxy: ProxyServer | undefined;
}

export interface SecretFiles {
  readonly folder: string;
  readonly sources: CredentialSources;
  readonly files: PrintedCall['files'];
  /** The headers that the files do not hold. */
  readonly headers: OutgoingHttpHeaders;
}

/** Writes certificates, keys, tokens and the user's own headers to private files for curl. */
export function writeSecretFiles(
  { ca, credential, headers, proxy }: Secret,
  env: Environment,
): SecretFiles {
  const { authorization, clientCertificate } = credential;
  const whole = { ...(authorization !== undefined && { authorization }), ...headers };
  const secret = Object.entries(whole).filter(([name]) => !isHarmlessHeader(name));
  const lines = secret.flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => `${name}: ${value}\n`),
  );
  const contents: Record<string, string | Buffer> = {
    ...(ca !== undefined && { 'ca.pem': ca }),
    ...(clientCertificate && { 'client.pem': clientCertificate.cert }),
    ...(clientCertificate && { 'client-key.pem': clientCertificate.key }),
    // Each character of a header is one byte.
    ...(lines.length > 0 && { headers: Buffer.from(lines.join(''), 'latin1') }),
    ...(proxy?.user && { 'proxy.conf': proxyConfig(proxy.user) }),
  };
  const folder = writePrivateFolder(env, contents);
  const path = (name: string) => (name in contents ? join(folder, name) : undefined);
  const source = (name: string) => {
    const written = path(name);
    return written === undefined ? undefined : ({ from: 'file', path: written } as const);
  };
  return {
    folder,
    sources: {
      ...noSources,
      ca: source('ca.pem'),
      certificate: source('client.pem'),
      key: source('client-key.pem'),
    },
    files: { headers: path('headers'), config: path('proxy.conf') },
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => isHarmlessHeader(name))),
  };
}

/** curl decodes both. */
function proxyConfig({ name, password }: { readonly name: string; readonly password: string }) {
  return `proxy-user = "${encodeURIComponent(name)}:${encodeURIComponent(password)}"\n`;
}
