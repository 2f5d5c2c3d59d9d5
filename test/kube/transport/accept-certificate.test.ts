import { once } from 'node:events';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import * as assert from 'uvu/assert';
import { Failure, Interrupted } from '../../../src/errors.ts';
import { TransportError } from '../../../src/kube/transport/error.ts';
import { limitsFrom } from '../../../src/kube/transport/limits.ts';
import type { AcceptCertificate, TlsSettings } from '../../../src/kube/transport/tls.ts';
import { openTransport, readText } from '../../../src/kube/transport/transport.ts';
import { createAuthority, createSelfSigned, type KeyPair } from '../../kit/certificates.ts';
import { transportTo } from '../../kit/connect.ts';
import { suite } from '../../kit/suite.ts';
import { thrownBy } from '../../kit/thrown-by.ts';
import { listen } from '../../sandbox/listen.ts';

const limits = limitsFrom(5000);
const request = { method: 'GET', path: '/', headers: { authorization: 'Bearer secret' } };
const denial = () => Object.assign(new Error('not this one'), { code: 'OTHER' });

interface Server {
  /** Number of bytes received over TLS on all connections. */
  readonly received: () => number;
  /** Sends a request on its own connection. */
  send(
    accept: AcceptCertificate | undefined,
    settings?: Partial<TlsSettings>,
    signal?: AbortSignal,
  ): Promise<string>;
}

async function withServer(pair: KeyPair, use: (server: Server) => Promise<void>): Promise<void> {
  let bytes = 0;
  const server = createServer(pair, (_, response) => response.end('hello'));
  server.on('secureConnection', (socket: TLSSocket) =>
    socket.on('data', (d) => (bytes += d.length)),
  );
  const { port, stop } = await listen(server, '127.0.0.1');
  const send: Server['send'] = async (accept, settings, signal = new AbortController().signal) => {
    const tls = { verify: false, accept, ...settings };
    const transport = openTransport(transportTo(`https://127.0.0.1:${port}`, tls));
    try {
      const answer = await transport.send(request, signal, limits);
      return (await readText(answer, signal, limits, 1000)).text;
    } finally {
      transport.close();
    }
  };
  try {
    await use({ received: () => bytes, send });
  } finally {
    await stop();
  }
}

suite('a certificate about which `accept` decides', (test) => {
  const self = { commonName: 'node-1', usage: 'server', dnsNames: ['node-1'] } as const;

  test('is accepted although it is not verified, and nothing is sent before `accept` decides', async () =>
    withServer(await createSelfSigned(self), async ({ send, received }) => {
      const seen: unknown[] = [];
      const text = await send(async (certificate, problem) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        seen.push(certificate.subject, problem?.code, received());
        return undefined;
      });
      assert.equal([text, seen], ['hello', ['CN=node-1', 'DEPTH_ZERO_SELF_SIGNED_CERT', 0]]);
    }));

  test('is rejected although it is verified, and then nothing is sent', async () => {
    const authority = await createAuthority('ca');
    const pair = await authority.issue({ ...self, ips: ['127.0.0.1'] });
    await withServer(pair, async ({ send, received }) => {
      const problems: unknown[] = [];
      const refuse: AcceptCertificate = async (_, problem) => {
        problems.push(problem);
        return denial();
      };
      const error = await thrownBy(send(refuse, { verify: true, ca: authority.cert }));
      assert.instance(error, TransportError);
      const { stage, code, message } = error as TransportError;
      assert.equal([stage, code, message], ['handshake', 'OTHER', 'not this one']);
      assert.equal([problems, received()], [[undefined], 0]);
    });
  });

  test('is verified even after an unverified connection with the same settings', async () => {
    const authority = await createAuthority('ca');
    const pair = await authority.issue({ ...self, ips: ['127.0.0.1'] });
    await withServer(pair, async ({ send }) => {
      for (const verify of [false, true])
        assert.is(await send(undefined, { verify, ca: authority.cert }), 'hello');
    });
  });

  test('is given to `accept` with the `problem` that its name is wrong', async () => {
    const authority = await createAuthority('ca');
    await withServer(await authority.issue(self), async ({ send }) => {
      const error = await thrownBy(
        send(async (_, problem) => problem, { verify: true, ca: authority.cert }),
      );
      assert.is((error as TransportError).code, 'ERR_TLS_CERT_ALTNAME_INVALID');
      assert.is((error as TransportError).message, 'valid for DNS:node-1, not 127.0.0.1');
    });
  });

  test('is rejected by any error that `accept` throws', async () =>
    withServer(await createSelfSigned(self), async ({ send, received }) => {
      const error = await thrownBy(send(() => Promise.reject(new Failure('the disk is full'))));
      assert.equal([error instanceof Failure, received()], [true, 0]);
    }));

  test('does not delay an interrupt', async () =>
    withServer(await createSelfSigned(self), async ({ send, received }) => {
      const interrupt = new AbortController();
      const asked = new EventTarget();
      const accept: AcceptCertificate = async () => {
        asked.dispatchEvent(new Event('asked'));
        await new Promise((resolve) => setTimeout(resolve, 100));
        return undefined;
      };
      const sent = thrownBy(send(accept, {}, interrupt.signal));
      await once(asked, 'asked');
      interrupt.abort();
      assert.instance(await sent, Interrupted);
      await new Promise((resolve) => setTimeout(resolve, 150));
      assert.is(received(), 0);
    }));
});
