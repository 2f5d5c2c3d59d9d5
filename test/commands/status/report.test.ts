import * as assert from 'uvu/assert';
import type { Facts, NodeFacts } from '../../../src/commands/status/facts.ts';
import { diagnose, verdicts } from '../../../src/commands/status/report.ts';
import { knownNames } from '../../../src/rbac/pair.ts';
import { profileOf } from '../../../src/rbac/profiles.ts';
import { user } from '../../../src/rbac/subject.ts';
import { suite } from '../../kit/suite.ts';

const ok = { result: 'ok', ms: 1 } as const;
const denied = {
  result: 'failed',
  by: 'kubelet',
  cause: 'forbidden',
  words: 'Forbidden',
  denial: { user: 'Kubernetes', verb: 'get', resource: 'nodes', subresources: ['proxy'] },
  ms: 1,
} as const;

function facts(viaApiServer: NodeFacts['viaApiServer'], more: Partial<Facts>): Facts {
  return {
    server: 'https://10.0.0.9:6443',
    path: 'apiserver',
    now: Date.parse('2026-11-25T00:00:00Z'),
    caller: { user: 'admin', groups: [] },
    client: { userName: 'Kubernetes' },
    wanted: {
      profile: profileOf('apiserver'),
      names: knownNames,
      nodes: [],
      subject: user('Kubernetes'),
    },
    pair: undefined,
    clientPermissions: [],
    callerPermissions: [],
    nodes: [
      { node: { metadata: { name: 'node-1' } }, address: undefined, direct: ok, viaApiServer },
    ],
    selector: '',
    nearMisses: [],
    limits: [],
    unchecked: [],
    groups: [],
    interrupted: false,
    warnDays: 30,
    ...more,
  };
}

suite('the verdict of status', (test) => {
  for (const [title, viaApiServer, more, verdict, code] of [
    ['a kubelet that answers', ok, {}, 'ok', 0],
    ['a kubelet that denies', denied, {}, 'access missing', 3],
    ['an interrupt after a kubelet answered', ok, { interrupted: true }, 'unknown', 1],
    ['an interrupt after a kubelet denied', denied, { interrupted: true }, 'unknown', 1],
    ['an API server that is down', ok, { apiServerDown: 'no route' }, 'unknown', 1],
  ] as const)
    test(`is ${verdict} for ${title}`, () => {
      const report = diagnose(facts(viaApiServer, more));
      assert.equal([report.verdict, verdicts[report.verdict]], [verdict, code]);
    });
});
