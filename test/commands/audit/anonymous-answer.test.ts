import * as assert from 'uvu/assert';
import { readAnonymousAnswer } from '../../../src/commands/audit/anonymous-answer.ts';
import { suite } from '../../kit/suite.ts';

const forbidden = (user: string) =>
  `Forbidden (user=${user}, verb=get, resource=nodes, subresource(s)=[healthz proxy])\n`;
const cutOff = (user: string) =>
  `Authorization error (user=${user}, verb=get, resource=nodes, subresource=healthz)`;

const answers: readonly [status: number, text: string, result: string | undefined][] = [
  [401, 'Unauthorized', 'no-credential-accepted'],
  [403, forbidden('system:anonymous'), 'forbidden'],
  [
    403,
    'Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=proxy)',
    'forbidden',
  ],
  [500, cutOff('system:anonymous'), 'forbidden'],
  [200, 'ok', 'served'],
  [500, '[+]ping ok\n[-]syncloop failed: reason withheld\nhealthz check failed\n', 'served'],
  // These answers come from other servers, such as a proxy that sends its own credential to the kubelet.
  [403, forbidden('proxy'), undefined],
  [403, '<html>', undefined],
  [500, cutOff('proxy'), undefined],
  [500, 'oops', undefined],
  [200, '<html>', undefined],
  [404, '404 page not found\n', undefined],
  [405, '405: Method Not Allowed', undefined],
  [302, '', undefined],
  [502, 'Bad Gateway', undefined],
];

suite('the answer to an anonymous request', (test) => {
  for (const [status, text, result] of answers)
    test(`${result ? `means "${result}"` : 'does not come from a kubelet'} if it is ${status} ${JSON.stringify(text)}`, () => {
      assert.is(readAnonymousAnswer(status, text)?.result, result);
    });
});
