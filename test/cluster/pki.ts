import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Authority,
  type CertificateRequest,
  createAuthority,
  type KeyPair,
} from '../kit/certificates.ts';
import { bridgeAddress, nodeAddress } from './network.ts';

/** The API server's address; the usual 6443 is left to whatever else runs on the machine. */
export const apiPort = 16443;
const server = `https://${bridgeAddress}:${apiPort}`;

/** Writes the certificates that all parts of a cluster show and check: `pki/NAME.crt`, `pki/NAME.key`. */
export async function createPki(directory: string, nodes: number): Promise<Authority> {
  const authority = await createAuthority('kubernetes');
  await mkdir(join(directory, 'pki'), { mode: 0o700 });
  await writePair(directory, 'ca', authority);

  const issue = async (name: string, request: CertificateRequest) => {
    await writePair(directory, name, await authority.issue(request));
  };
  await issue('apiserver', {
    commonName: 'kube-apiserver',
    usage: 'server',
    dnsNames: ['localhost', 'kubernetes.default.svc'],
    ips: [bridgeAddress, '127.0.0.1', '10.96.0.1'],
  });
  // What the API server shows to kubelets: a name without a group, so that RBAC decides.
  await issue('kubelet-client', { commonName: 'Kubernetes', usage: 'client' });
  for (let number = 1; number <= nodes; number += 1) {
    await issue(`serving-${number}`, {
      ...nodeIdentity(number),
      usage: 'server',
      dnsNames: [`node-${number}`],
      ips: [nodeAddress(number)],
    });
    await writeKubeconfig(directory, `node-${number}`, authority, nodeIdentity(number));
  }
  await writeKubeconfig(directory, 'admin', authority, {
    commonName: 'admin',
    organizations: ['system:masters'],
  });
  // A caller without any right.
  await writeKubeconfig(directory, 'dev', authority, {
    commonName: 'dev',
    organizations: ['devs'],
  });
  await writeServiceAccountKeys(directory);
  return authority;
}

/** The path of an identity's kubeconfig: `admin`, `dev` or a node's name. */
export function kubeconfigPath(directory: string, name: string): string {
  return join(directory, `${name}.kubeconfig`);
}

async function writeKubeconfig(
  directory: string,
  name: string,
  authority: Authority,
  identity: Pick<CertificateRequest, 'commonName' | 'organizations'>,
): Promise<void> {
  const { cert, key } = await authority.issue({ ...identity, usage: 'client' });
  await writePair(directory, name, { cert, key });
  const cluster = { server, 'certificate-authority-data': base64(authority.cert) };
  const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
  // JSON is YAML too.
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
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

/** Writes `pki/NAME.crt` and `pki/NAME.key`. */
export async function writePair(directory: string, name: string, pair: KeyPair): Promise<void> {
  await writeFile(join(directory, 'pki', `${name}.crt`), pair.cert);
  await writeSecret(join(directory, 'pki', `${name}.key`), pair.key);
}

async function writeSecret(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
}

/** What the certificates of a node's kubelet say of it, as a client and as a server. */
export function nodeIdentity(number: number) {
  return { commonName: `system:node:node-${number}`, organizations: ['system:nodes'] };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
