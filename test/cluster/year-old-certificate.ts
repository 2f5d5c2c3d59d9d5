// A kubelet of kubeadm never renews the certificate that it created for itself.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { dayMs } from '../../src/text/duration.ts';
import { createSelfSigned } from '../kit/certificates.ts';
import { suite } from '../kit/suite.ts';
import { runTool } from '../kit/tool.ts';
import type { RealCluster } from './real-cluster.ts';

interface Row {
  readonly node: string;
  readonly daysLeft: number;
  readonly selfSigned: boolean;
  readonly serial: string;
}

export function yearOldCertificate(cluster: RealCluster): void {
  const tool = (...args: readonly string[]) =>
    runTool(args, {
      env: {
        KUBECONFIG: cluster.kubeconfigs.admin,
        KUBECACHEDIR: join(cluster.directory, 'cache'),
      },
    });
  const files = ['crt', 'key'].map((end) =>
    join(cluster.directory, 'node-1/var/lib/kubelet/pki', `kubelet.${end}`),
  );
  const rowOf = async (node: string, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await tool('certificates', '-o', 'json', ...args);
    const { items } = JSON.parse(stdout) as { readonly items: readonly Row[] };
    const row = items.find((each) => each.node === node);
    assert.ok(row, stderr);
    return { code, stderr, row };
  };
  suite(`a kubelet certificate that expired, ${cluster.version}`, (test) => {
    test('is reported by certificates, and is replaced if the kubelet restarts without the files of the certificate', async () => {
      const expired = Date.now() - 30 * dayMs;
      const { cert, key } = await createSelfSigned({
        commonName: `node-1@${Math.round((expired - 365 * dayMs) / 1000)}`,
        usage: 'server',
        dnsNames: ['node-1'],
        notBefore: new Date(expired - 365 * dayMs),
        notAfter: new Date(expired),
      });
      writeFileSync(files[0] ?? '', cert);
      writeFileSync(files[1] ?? '', key);
      try {
        await cluster.restartKubelet('node-1');
        const old = await rowOf('node-1', '--expires-within', '30d');
        assert.is(old.code, 3, old.stderr);
        assert.ok(old.row.daysLeft <= -30, String(old.row.daysLeft));
        assert.is(old.row.selfSigned, true);
        assert.match(old.stderr, 'warning: node-1: the serving certificate has expired\n');
        // This works, because kube-apiserver does not verify the expired certificate.
        assert.is((await tool('top', 'nodes')).code, 0);
        const types = await tool('certificates', '--address-types');
        assert.match(types.stderr, /^warning: no address type verifies on all \d+ nodes: /m);
      } finally {
        for (const file of files) rmSync(file, { force: true });
        await cluster.restartKubelet('node-1');
      }
      const { row } = await rowOf('node-1');
      assert.is(row.daysLeft, 364);
      assert.is(row.selfSigned, true);
    });
  });
}
