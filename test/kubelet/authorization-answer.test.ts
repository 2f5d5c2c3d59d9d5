import * as assert from 'uvu/assert';
import { verdictOf } from '../../src/kubelet/authorization-answer.ts';
import { suite } from '../kit/suite.ts';

// [status, text as kubelets 1.31 and 1.37 or a proxy on the way were seen to say it, what it tells]
const table: readonly (readonly [number, string, string])[] = [
  [200, 'ok', 'allowed'],
  [400, 'previous terminated container "web" in pod "web" not found', 'allowed'],
  [404, 'pod "probe" does not exist', 'allowed'],
  [404, '404: Page Not Found', 'allowed'],
  [405, '405: Method Not Allowed', 'allowed'],
  [405, 'Debug endpoints are disabled.\n', 'allowed'],
  [500, 'failed to get stats', 'allowed'],
  [404, '404 page not found\n', 'not served'],
  [401, 'Unauthorized', 'refused'],
  [403, 'Forbidden (user=K, verb=get, resource=nodes, subresource=proxy)', 'refused'],
  [403, 'Forbidden (user=K, verb=get, resource=nodes, subresource(s)=[pods proxy])\n', 'refused'],
  [403, '<html>blocked by policy</html>', 'nothing'],
  [500, 'Authorization error (user=K, verb=get, resource=nodes, subresource=proxy)', 'nothing'],
  [307, '', 'nothing'],
  [429, 'Too many requests, please try again later.\n', 'nothing'],
  [502, '<html>bad gateway</html>', 'nothing'],
  [503, 'no server is available', 'nothing'],
];

suite('verdicts', (test) => {
  for (const [status, text, said] of table)
    test(`${status} ${text.trim() || '(nothing)'}: ${said}`, () =>
      assert.is(verdictOf(status, text).said, said));
});
