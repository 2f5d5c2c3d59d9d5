import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, type KeyPair } from '../kit/certificates.ts';

/**
 * Certificates and keys of servers and cases, created for each run. `texts` is written to files. In a case, {{NAME}} is the path of the
 * file with the text NAME, {{NAMEData}} is the text in base64, and {{NAMEPem}} is the text itself.
 */
export interface Materials {
  readonly directory: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly serving: Readonly<Record<ServingName, KeyPair>>;
  remove(): void;
}

export type ServingName =
  | 'https'
  | 'otherCa'
  | 'commonNameOnly'
  | 'clientAuthOnly'
  | 'expired'
  | 'otherName'
  | 'manyNames'
  | 'leafOfIntermediate'
  | 'chainOfIntermediate';

// 0.0.0.0 and :: also reach this machine. Go uses proxies from the environment for them, because it does not treat them as loopback.
const ips = ['127.0.0.1', '::1', '0.0.0.0', '::'];
const dnsNames = ['kube.test', 'localhost', 'sub.kube.test'];

export async function makeMaterials(): Promise<Materials> {
  const ca = await createAuthority('kube-ca');
  const otherCa = await createAuthority('other-ca');
  const intermediate = await ca.createIntermediate('kube-intermediate');
  const names = { commonName: 'kube.test', usage: 'server', dnsNames, ips } as const;
  const https = await ca.issue(names);
  const leaf = await intermediate.issue(names);
  const expired = {
    notBefore: new Date(Date.now() - 200_000_000),
    notAfter: new Date(Date.now() - 100_000_000),
  };
  const serving = {
    https,
    otherCa: await otherCa.issue(names),
    commonNameOnly: await ca.issue({ commonName: '127.0.0.1', usage: 'server' }),
    clientAuthOnly: await ca.issue({ ...names, usage: 'client' }),
    expired: await ca.issue({ ...names, ...expired }),
    otherName: await ca.issue({ ...names, ips: [], dnsNames: ['other.test'] }),
    manyNames: await ca.issue({
      commonName: 'localhost',
      usage: 'server',
      ips: ['10.0.0.1'],
      dnsNames: ['*.internal', 'a*i.kube.test', '*.deep.kube.test', '*', 'Mixed.kube.TEST', 'dot.'],
    }),
    leafOfIntermediate: leaf,
    chainOfIntermediate: { cert: `${leaf.cert}\n${intermediate.cert}\n`, key: leaf.key },
  };
  const client = await ca.issue({ commonName: 'client', usage: 'client', organizations: ['team'] });
  const second = await ca.issue({ commonName: 'second', usage: 'client' });
  const expiredClient = await ca.issue({ commonName: 'gone', usage: 'client', ...expired });
  const foreign = await otherCa.issue({ commonName: 'foreign', usage: 'client' });
  const key = createPrivateKey(client.key);
  const encrypted = { cipher: 'aes-256-cbc', passphrase: 'secret', format: 'pem' } as const;
  const texts = {
    ca: ca.cert,
    otherCa: otherCa.cert,
    intermediate: intermediate.cert,
    leaf: https.cert,
    cert: client.cert,
    key: client.key,
    sec1Key: key.export({ type: 'sec1', format: 'pem' }) as string,
    encryptedKey: key.export({ type: 'pkcs8', ...encrypted }) as string,
    encryptedSec1Key: key.export({ type: 'sec1', ...encrypted }) as string,
    secondCert: second.cert,
    secondKey: second.key,
    expiredCert: expiredClient.cert,
    expiredKey: expiredClient.key,
    foreignCert: foreign.cert,
    foreignKey: foreign.key,
  };
  const directory = mkdtempSync(join(tmpdir(), 'kubeletaccess-materials-'));
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, name), text);
  return {
    directory,
    texts,
    serving,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export function materialPlaceholders({ directory, texts }: Materials): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) => [
      [name, join(directory, name)],
      [`${name}Data`, Buffer.from(text).toString('base64')],
      [`${name}Pem`, text.trimEnd()],
      // The text escaped for a JSON string.
      [`${name}Line`, JSON.stringify(text).slice(1, -1)],
    ]),
  );
}
