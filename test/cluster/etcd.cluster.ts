import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { etcdClients } from './control-plane.ts';
import { currentCluster } from './current.ts';

const { pki, version } = await currentCluster();
const pem = (name: string) => readFileSync(join(pki, name), 'utf8');

/** Returns the answer of etcd, or the error, to a client with this certificate. */
async function ask(name?: string): Promise<string> {
  const client = name === undefined ? {} : { cert: pem(`${name}.crt`), key: pem(`${name}.key`) };
  const request = get(`${etcdClients}/version`, { ca: pem('etcd-ca.crt'), ...client });
  return once(request, 'response').then(([response]) => text(response), String);
}

suite(`etcd of ${version}`, (test) => {
  test('answers kube-apiserver, and neither other users of the machine nor clients of the API server', async () => {
    assert.match(await ask('etcd-client'), '"etcdserver"');
    assert.match(await ask(), /certificate required|ECONNRESET/);
    assert.match(await ask('admin'), /unknown ca|bad certificate|ECONNRESET/i);
  });
});
