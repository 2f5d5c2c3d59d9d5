import * as assert from 'uvu/assert';
import { probeNode } from '../../../src/commands/status/gather/probe-node.ts';
import { withFakeApiServer } from '../../kit/fake-api-server.ts';
import { patientLimits } from '../../kit/hang-limits.ts';
import { suite } from '../../kit/suite.ts';

const whole = 'pod "none" does not exist';

suite('the probe of a node through the API server', (test) => {
  for (const [title, body, length, expected] of [
    ['is ok with the whole answer of a kubelet', whole, whole.length, 'ok'],
    ['fails if the answer ends before its Content-Length', whole, 100, 'connection-cut'],
    ['fails if a chunked answer has no end', whole, undefined, 'connection-cut'],
    ['fails if a proxy cut the answer and its Content-Length', 'pod "non', 8, 'not-a-kubelet'],
  ] as const)
    test(title, () =>
      withFakeApiServer(
        (_, response) => {
          response.writeHead(404, length === undefined ? {} : { 'content-length': length });
          response.write(body);
          if (length === body.length) response.end();
          else setTimeout(() => response.socket?.end(), 20);
        },
        async (apiServer) => {
          const { viaApiServer } = await probeNode(
            { metadata: { name: 'node-1' } },
            { types: ['InternalIP'], port: undefined, streams: false },
            {
              ...{ apiServer, access: { unknown: 'not-asked' }, limits: patientLimits },
              signal: new AbortController().signal,
            },
          );
          assert.is(
            viaApiServer.result === 'failed' ? viaApiServer.cause : viaApiServer.result,
            expected,
          );
        },
      ),
    );
});
