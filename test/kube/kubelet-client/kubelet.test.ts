import * as assert from 'uvu/assert';
import { openDirect } from '../../../src/kube/kubelet-client/client.ts';
import { defaultLimits } from '../../../src/kube/transport/limits.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

suite('a kubelet that is called directly', (test) => {
  test('gets the latest client certificate, and each certificate on a connection of its own', () =>
    withSandbox(async ({ authority, kubelets }) => {
      const [first, second] = await Promise.all(
        ['first', 'second'].map((commonName) => authority.issue({ commonName, usage: 'client' })),
      );
      let clientCertificate = first;
      const access = {
        trust: {
          ca: authority.cert,
          serverName: undefined,
          verify: true,
          peer: 'kubelet' as const,
        },
        identity: async () => ({ authorization: undefined, clientCertificate }),
        routeTo: () => undefined,
        log: undefined,
      };
      const target = { host: '127.0.0.1', port: kubelets[0]?.port ?? 0 };
      const kubelet = openDirect(
        'node-1',
        target,
        access,
        new AbortController().signal,
        defaultLimits,
      );
      const ports = new Set<number | undefined>();
      const denied = async () => {
        const answer = await kubelet.send({ method: 'GET', path: '/pods' });
        ports.add(answer.socket?.localPort);
        return /user=(\w+)/.exec((await kubelet.read(answer, 1000)).text)?.[1];
      };
      try {
        const users = [await denied(), await denied()];
        clientCertificate = second;
        users.push(await denied());
        assert.equal([users, ports.size], [['first', 'first', 'second'], 2]);
      } finally {
        kubelet.close();
      }
    }));
});
