import * as assert from 'uvu/assert';
import { readAuthorization } from '../../src/kubelet/authorization-result.ts';
import { suite } from '../kit/suite.ts';

// [status, body, verdict]. The responses come from kubelets 1.31 and 1.37, or from an HTTP proxy between client and kubelet.
const table: readonly (readonly [number, string, string])[] = [
  [200, 'ok', 'allowed'],
  [400, 'previous terminated container "web" in pod "web" not found', 'allowed'],
  [404, 'pod "probe" does not exist', 'allowed'],
  [404, '404: Page Not Found', 'allowed'],
  [405, '405: Method Not Allowed', 'allowed'],
  [405, 'Debug endpoints are disabled.\n', 'allowed'],
  [500, 'failed to get stats', 'allowed'],
  [404, '404 page not found\n', 'not served'],
  [401, 'Unauthorized', 'denied'],
  [403, 'Forbidden (user=K, verb=get, resource=nodes, subresource=proxy)', 'denied'],
  [403, 'Forbidden (user=K, verb=get, resource=nodes, subresource(s)=[pods proxy])\n', 'denied'],
  [403, '<html>blocked by policy</html>', 'unknown'],
  [500, 'Authorization error (user=K, verb=get, resource=nodes, subresource=proxy)', 'unknown'],
  [307, '', 'unknown'],
  [429, 'Too many requests, please try again later.\n', 'unknown'],
  [502, '<html>bad gateway</html>', 'unknown'],
  [503, 'no server is available', 'unknown'],
];

suite('the verdict on the response of a kubelet', (test) => {
  for (const [status, text, verdict] of table)
    test(`${status} ${text.trim() || '(empty)'}: ${verdict}`, () =>
      assert.is(readAuthorization(status, text).verdict, verdict));
});
