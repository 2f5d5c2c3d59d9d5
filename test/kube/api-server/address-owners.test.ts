import * as assert from 'uvu/assert';
import {
  readAddressOwners,
  type ServerPlace,
} from '../../../src/kube/api-server/address-owners.ts';
import type { ApiServer } from '../../../src/kube/api-server/api-server.ts';
import { suite } from '../../kit/suite.ts';

suite('owners of addresses', (test) => {
  const apiServer = {
    listReadable: async (path: string) => ({
      items: /\/endpointslices\?.*=kubernetes.io\/service-name%3Dkubernetes$/.test(path)
        ? [{ endpoints: [{ addresses: ['10.0.0.7'] }] }, {}]
        : [],
      unread: [],
    }),
  } as unknown as ApiServer;
  const read = (host: string, more: object = {}) => {
    const place = { address: { host }, tls: {}, proxy: undefined, ...more };
    return readAddressOwners(
      ...[apiServer, [], place as unknown as ServerPlace, new AbortController().signal],
    );
  };

  test('include the host of the API server, its addresses, and its name in certificates', async () => {
    const named = await read('LocalHost', { tls: { serverName: 'api' } });
    assert.equal(
      ['localhost.', '127.0.0.1', '::ffff:127.0.0.1', 'API', '10.0.0.1'].map(named.isApiServer),
      [true, true, true, true, false],
    );
    assert.equal(named.unread, []);
    const other = await read('fd00:0::1');
    assert.equal(['fd00::1', 'fd00::2'].map(other.isApiServer), [true, false]);
  });

  test('include the endpoints of the service kubernetes', async () => {
    const { isApiServer } = await read('10.0.0.1');
    assert.equal(['10.0.0.7', '10.0.0.8'].map(isApiServer), [true, false]);
  });

  test('are incomplete if the name of the API server cannot be looked up', async () => {
    const { unread, isApiServer } = await read('api.example.com', { proxy: {} });
    assert.equal(unread, [
      'addresses of the API server api.example.com: only its proxy looks up its name',
    ]);
    assert.is(isApiServer('api.example.com'), true);
    assert.equal((await read('nosuch.invalid')).unread, [
      'addresses of the API server nosuch.invalid: its name has no address here',
    ]);
  });
});
