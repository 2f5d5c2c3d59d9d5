import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { executable } from '../../scripts/paths.ts';
import { createKeepingAuthority } from '../kit/certificates.ts';
import { concurrentSuite } from '../kit/suite.ts';
import { type Result, runProcess } from '../kit/tool.ts';
import { listen } from '../sandbox/listen.ts';
import { nodeObject } from '../sandbox/node-object.ts';
import { startSandbox } from '../sandbox/sandbox.ts';

/** Calls node-1 at the address in its Node object. The server at this address has a certificate from a CA that the system trusts. */
async function called(
  { address, dnsNames, ips = [] }: { address: string; dnsNames: string[]; ips?: string[] },
  ...more: readonly string[]
): Promise<Result & { readonly shown: readonly string[] }> {
  const sandbox = await startSandbox({ minor: 37, nodes: [] });
  const authority = await createKeepingAuthority('public-ca');
  const serving = await authority.issue({ commonName: 'any', usage: 'server', dnsNames, ips });
  const shown: string[] = [];
  const server = createServer(serving, ({ headers }, response) => {
    shown.push(headers.authorization ?? '');
    response.end('ok');
  });
  const { port, stop } = await listen(server, '127.0.0.1');
  try {
    sandbox.store.put('nodes', nodeObject({ name: 'node-1', host: address, port }, 37));
    const authorities = join(sandbox.directory, 'public.crt');
    writeFileSync(authorities, authority.cert);
    const env = {
      KUBECONFIG: sandbox.kubeconfigs.token,
      HOME: sandbox.directory,
      SSL_CERT_FILE: authorities,
    };
    const args = [
      'curl',
      '/healthz',
      '--node',
      'node-1',
      '--via',
      'direct',
      '--show-token',
      ...more,
    ];
    const trusted = [...args, '--kubelet-certificate-authority', 'system'];
    return { ...(await runProcess(executable, trusted, { env })), shown };
  } finally {
    await stop();
    await sandbox.stop();
  }
}

concurrentSuite('a token with --kubelet-certificate-authority system', (test) => {
  test('is not sent to a host in a Node object, even if the host has a valid certificate', async () => {
    const { code, stderr, shown } = await called({ address: 'localhost', dnsNames: ['localhost'] });
    assert.equal([code, shown], [1, []], stderr);
    assert.match(stderr, 'valid for DNS:localhost, which any host may prove, not for node node-1');
  });

  test('is sent to a host whose certificate names the node', async () => {
    const dnsNames = ['localhost', 'node-1'];
    const { code, shown } = await called({ address: 'localhost', dnsNames });
    assert.equal([code, shown.length], [0, 1]);
  });

  test('is not sent to an IP address in a Node object, even if the certificate is valid for this address', async () => {
    const place = { address: '127.0.0.1', dnsNames: [], ips: ['127.0.0.1'] };
    const { code, shown } = await called(place);
    assert.equal([code, shown], [1, []]);
  });

  test('is sent to the host that the user names', async () => {
    const named = ['--kubelet-tls-server-name', 'localhost'];
    const { code, shown } = await called(
      { address: '127.0.0.1', dnsNames: ['localhost'] },
      ...named,
    );
    assert.equal([code, shown.length], [0, 1]);
  });
});
