import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Authority,
  type CertificateRequest,
  createAuthority,
  type KeyPair,
} from '../kit/certificates.ts';
import { bridgeAddress, nodeAddress } from './network.ts';

/** Not the usual 6443, because another cluster on the machine may use that port. */
export const apiPort = 16443;
export const apiServerUrl = `https://${bridgeAddress}:${apiPort}`;

/**
 * `client-ca` signs the certificates of all clients, and `kubelet-ca` the serving certificates of kubelets. A cluster without one of them
 * uses `ca`.
 */
type OwnAuthority = 'client-ca' | 'kubelet-ca';

// Not the name that kubeadm uses for this client, because clusters like kubeadm have a CA with that name.
const frontProxy = 'aggregator-client';

type CertificateIdentity = Pick<CertificateRequest, 'commonName' | 'organizations'>;

export interface PkiOptions {
  readonly nodes: number;
  readonly ownAuthorities: readonly OwnAuthority[];
  /** Identity in the client certificate that the API server shows to kubelets. */
  readonly kubeletClient: CertificateIdentity;
}

/** Writes all certificates to `pki/NAME.crt`, and keys to `pki/NAME.key`. Returns the authority `ca`. */
export async function createPki(
  directory: string,
  { nodes, ownAuthorities, kubeletClient }: PkiOptions,
): Promise<Authority> {
  const authority = await createAuthority('kubernetes');
  await mkdir(join(directory, 'pki'), { mode: 0o700 });
  await writePair(directory, 'ca', authority);
  const beside = async (name: OwnAuthority) => {
    const own = ownAuthorities.includes(name) ? await createAuthority(name) : authority;
    await writePair(directory, name, own);
    return own;
  };
  // No client of the API server has a certificate of this CA.
  const etcd = await createAuthority('etcd-ca');
  await writePair(directory, 'etcd-ca', etcd);
  const clients = await beside('client-ca');
  const kubelets = await beside('kubelet-ca');

  const issue = async (by: Authority, name: string, request: CertificateRequest) =>
    writePair(directory, name, await by.issue(request));
  await issue(authority, 'apiserver', {
    commonName: 'kube-apiserver',
    usage: 'server',
    dnsNames: ['localhost', 'kubernetes.default.svc'],
    ips: [bridgeAddress, '127.0.0.1', '10.96.0.1'],
  });
  await issue(etcd, 'etcd', { commonName: 'etcd', usage: 'server', ips: ['127.0.0.1'] });
  await issue(etcd, 'etcd-client', { commonName: 'kube-apiserver', usage: 'client' });
  await issue(clients, 'kubelet-client', { ...kubeletClient, usage: 'client' });
  await issue(authority, frontProxy, { commonName: frontProxy, usage: 'client' });
  const certify = async (name: string, identity: CertificateIdentity) => {
    const pair = await clients.issue({ ...identity, usage: 'client' });
    await writePair(directory, name, pair);
    await writeKubeconfig(directory, name, {
      'client-certificate-data': base64(pair.cert),
      'client-key-data': base64(pair.key),
    });
  };
  for (let number = 1; number <= nodes; number += 1) {
    await issue(kubelets, `serving-${number}`, {
      ...nodeIdentity(number),
      usage: 'server',
      dnsNames: [`node-${number}`],
      ips: [nodeAddress(number)],
    });
    await certify(`node-${number}`, nodeIdentity(number));
  }
  await certify('admin', { commonName: 'admin', organizations: ['system:masters'] });
  // A caller without permissions.
  await certify('dev', { commonName: 'dev', organizations: ['devs'] });
  await writeServiceAccountKeys(directory);
  return authority;
}

/** Returns flags with which an aggregated API server verifies the API server, and reads the user from headers. */
export function frontProxyFlags(directory: string): Readonly<Record<string, string>> {
  return {
    'requestheader-client-ca-file': join(directory, 'pki/ca.crt'),
    'requestheader-allowed-names': frontProxy,
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
  };
}

/** @param name `admin`, `dev`, the name of a node, or `operator` in some kinds of clusters */
export function kubeconfigPath(directory: string, name: string): string {
  return join(directory, `${name}.kubeconfig`);
}

/** @param cluster by default the API server, not a server in front of it */
export async function writeKubeconfig(
  directory: string,
  name: string,
  user: object,
  cluster: { readonly server: string; readonly ca: string } = {
    server: apiServerUrl,
    ca: readFileSync(join(directory, 'pki/ca.crt'), 'utf8'),
  },
): Promise<void> {
  const { server, ca } = cluster;
  // JSON is valid YAML.
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name, user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: name } }],
    'current-context': 'test',
  });
  await writeSecret(kubeconfigPath(directory, name), text);
}

async function writeServiceAccountKeys(directory: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await writeSecret(join(directory, 'pki/service-account.key'), privateKey);
  await writeFile(join(directory, 'pki/service-account.pub'), publicKey);
}

export async function writePair(directory: string, name: string, pair: KeyPair): Promise<void> {
  await writeFile(join(directory, 'pki', `${name}.crt`), pair.cert);
  await writeSecret(join(directory, 'pki', `${name}.key`), pair.key);
}

export async function writeSecret(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
}

/** A kubelet has this subject as a client and as a server. */
export function nodeIdentity(number: number) {
  return { commonName: `system:node:node-${number}`, organizations: ['system:nodes'] };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
