import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { eventually, succeed, textOf } from './rbac.ts';
import type { World } from './world.ts';

const accounts = '/api/v1/namespaces/default/serviceaccounts';
const name = 'kubelet-reader';
const summary = ['curl', '/stats/summary', '--node', 'node-1'];
const other = `SHA256:${Array(32).fill('AB').join(':')}`;

export function trust(world: World): void {
  suite(`${world.title}: trust`, (test) => {
    test('curl --as-serviceaccount has the permissions of the service account alone', async () => {
      const as = ['--as-serviceaccount', `default/${name}`];
      const absent = await world.tool([...summary, ...as]);
      assert.is(absent.code, 1, textOf(absent));
      assert.is(
        absent.stderr,
        `Error from server (NotFound): serviceaccounts "${name}" not found\nhint: kubectl get serviceaccounts -n default\n`,
      );
      const { status } = await world.api('POST', accounts, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name },
      });
      assert.is(status, 201);
      const subject = ['--profile', 'stats', '--subject', `serviceaccount:default:${name}`];
      try {
        const user = `system:serviceaccount:default:${name}`;
        const denied = await world.tool([...summary, ...as]);
        assert.is(denied.code, 1, textOf(denied));
        assert.match(denied.stderr, `Forbidden (user=${user}, verb=get, resource=nodes, `);
        assert.match(denied.stderr, `hint: kubectl kubeletaccess grant ${subject.join(' ')}\n`);
        const proxied = await world.tool([...summary, '--via', 'apiserver', ...as]);
        assert.match(proxied.stderr, `User "${user}" cannot get resource "nodes/proxy"`);
        const lacking = await world.tool([...summary, ...as], 'dev');
        assert.match(lacking.stderr, `serviceaccounts "${name}" is forbidden: User "dev" cannot `);
        assert.match(lacking.stderr, 'missing: create on serviceaccounts/token of ');

        await succeed(world, ['grant', ...subject]);
        await eventually(world, async () => (await world.tool([...summary, ...as])).code === 0);
        // The request is denied although the caller has this permission, because it is sent with the credential of the service account.
        const metrics = await world.tool(['curl', '/metrics', '--node', 'node-1', ...as]);
        assert.match(metrics.stderr, `Forbidden (user=${user}, verb=get, resource=nodes, `);
      } finally {
        await world.tool(['revoke', ...subject]);
        await world.api('DELETE', `${accounts}/${name}`);
      }
    });

    test('curl --kubelet-fingerprint trusts only the certificate with this fingerprint', async () => {
      const address = await world.kubelet('node-1');
      const { host, port } = address;
      const shown = await fingerprintAt(address);
      const straight = ['curl', '/healthz', '--kubelet-address', `${host}:${port}`];
      for (const target of [['curl', '/healthz', '--node', 'node-1'], straight]) {
        const trusted = await world.tool([...target, '--kubelet-fingerprint', shown]);
        assert.equal([trusted.code, trusted.stdout], [0, 'ok'], textOf(trusted));
        const refused = await world.tool([...target, '--kubelet-fingerprint', other]);
        assert.equal([refused.code, refused.stdout], [1, ''], textOf(refused));
        assert.match(
          refused.stderr,
          `its certificate is not the expected one: ${shown} shown, ${other} given with --kubelet-fingerprint\n`,
        );
      }
      const { stdout } = await world.tool(['status', '-o', 'json']);
      assert.ok(stdout.includes(`"fingerprint": "${shown.replace('SHA256:', '')}"`), stdout);
    });

    test('commands trust only the fingerprints of a file', () =>
      withFiles({}, async (folder) => {
        const path = join(folder, 'kubelets');
        const printed = await succeed(world, 'certificates -o fingerprints node-1,node-2');
        assert.match(printed.stdout, /^node-1=SHA256:\S+\nnode-2=SHA256:\S+\n$/);
        writeFileSync(path, printed.stdout);
        const healthz = ['curl', '/healthz', '--node', 'node-1,node-2', '--via', 'direct'];
        const pinned = [...healthz, '--kubelet-fingerprint', `@${path}`];
        await succeed(world, pinned);
        writeFileSync(path, printed.stdout.replaceAll(/SHA256:\S+/g, other));
        const changed = await world.tool(pinned);
        assert.is(changed.code, 1, textOf(changed));
        assert.match(changed.stderr, ` shown, ${other} given in ${path}, line `);
      }));
  });
}

function fingerprintAt(address: { readonly host: string; readonly port: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...address, rejectUnauthorized: false }, () => {
      resolve(`SHA256:${socket.getPeerCertificate().fingerprint256}`);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
