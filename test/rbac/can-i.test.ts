import * as assert from 'uvu/assert';
import { canICommand, canITrap } from '../../src/commands/status/report/caller-findings.ts';
import { suite } from '../kit/suite.ts';

suite('kubectl auth can-i', (test) => {
  for (const [title, user, verb, expected] of [
    ['the caller', undefined, 'get', 'kubectl auth can-i get nodes --subresource=proxy'],
    [
      'another user',
      'system:serviceaccount:a:b',
      'create',
      'kubectl auth can-i create nodes --subresource=proxy --as=system:serviceaccount:a:b',
    ],
    [
      'a name that needs quoting in a shell',
      "o'hara; reboot",
      'get',
      String.raw`kubectl auth can-i get nodes --subresource=proxy '--as=o'\''hara; reboot'`,
    ],
    [
      'every verb, for the empty one',
      undefined,
      '',
      "kubectl auth can-i '*' nodes --subresource=proxy",
    ],
  ] as const)
    test(`checks ${title}`, () => assert.is(canICommand(user, verb, 'proxy'), expected));

  test('explains that TYPE/NAME checks a node by name', () =>
    assert.is(
      canITrap(undefined, 'get', 'proxy'),
      'kubectl auth can-i get nodes/proxy asks for a node named "proxy"; use kubectl auth can-i get nodes --subresource=proxy',
    ));
});
