import * as assert from 'uvu/assert';
import type { Kubelet } from '../../../src/kube/kubelet-client/client.ts';
import { checkPortForward, openPort } from '../../../src/kube/streams/open-port.ts';
import { defaultLimits } from '../../../src/kube/transport/limits.ts';
import { suite } from '../../kit/suite.ts';

suite('a port of a pod', (test) => {
  test('is requested by a path in which any name is encoded', async () => {
    const paths: string[] = [];
    const dial = ({ path }: { readonly path: string }) => {
      paths.push(path);
      return Promise.reject(new Error('not dialed'));
    };
    const kubelet = { via: 'direct', dial } as unknown as Kubelet;
    const pod = { namespace: '../run', pod: 'web?x=/#%' };
    const opening = { signal: new AbortController().signal, limits: defaultLimits };
    for (const ask of [
      checkPortForward(kubelet, pod, opening),
      openPort(kubelet, pod, 80, opening),
    ])
      await ask.catch(() => {});
    const path = '/portForward/..%2Frun/web%3Fx%3D%2F%23%25';
    assert.equal(paths, [path, `${path}?port=80`]);
  });
});
