import * as assert from 'uvu/assert';
import { findPage } from '../../../src/commands/explain/page.ts';
import type { AgentVerdict } from '../../../src/commands/status/agent/report.ts';
import type { outcomeOf } from '../../../src/commands/status/probe.ts';
import type { AccessReport } from '../../../src/commands/status/report/access.ts';
import type { NamedState } from '../../../src/commands/status/report/pair-state.ts';
import type { StreamState } from '../../../src/commands/status/report/stream-findings.ts';
import { verdicts } from '../../../src/commands/status/report.ts';
import type { WhoCanRow } from '../../../src/commands/who-can/rows.ts';
import { type Cause, causes } from '../../../src/kubelet/causes/causes.ts';
import type { Verification } from '../../../src/kubelet/certificate.ts';
import { strengths } from '../../../src/kubelet/endpoints.ts';
import type { IndirectReach } from '../../../src/kubelet/indirect-reach.ts';
import type { RuleVerdict } from '../../../src/kubelet/narrow/narrow-rules.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { suite } from '../../kit/suite.ts';

/** All words that the TypeScript types of tables allow. The compiler reports a missing or an additional word. */
const typed: Readonly<
  Record<
    | AgentVerdict
    | AccessReport['result']
    | Exclude<ReturnType<typeof outcomeOf>, Cause>
    | NamedState['state']
    | StreamState
    | Exclude<Verification['result'], 'verified' | 'refused'>
    | RuleVerdict['verdict']
    | WhoCanRow['via']
    | IndirectReach['ways'][number],
    true
  >
> = {
  ...{ ok: true, denied: true, unreachable: true, unknown: true, 'not-asked': true },
  ...{ 'not running': true, 'not ready': true, allowed: true },
  ...{ present: true, absent: true, drifted: true, expired: true, broken: true },
  ...{ fingerprint: true, 'not-checked': true },
  ...{ keep: true, replace: true, remove: true, unused: true, 'cannot narrow': true },
  ...{ direct: true, apiserver: true, both: true },
  ...{ escalate: true, bind: true, impersonate: true, approve: true, token: true },
  ...{ secret: true, exec: true },
};

/** Words of tables that have no TypeScript type. */
const untyped = [
  ...['yes', 'no', 'allowed by RBAC', 'denied by RBAC', '<unset>'],
  ...['not read', 'unreachable', 'verified', 'not verified'],
];

suite('explain WORD', (test) => {
  for (const word of [
    ...Object.keys(typed),
    ...Object.keys(verdicts),
    ...strengths,
    ...causes,
    'timed out',
    ...untyped,
  ])
    test(`describes a word that tables or verdicts print: ${word}`, () => {
      const page = findPage(word);
      assert.ok(page);
      if (page.kind === 'KubeletWord')
        assert.equal(schemaErrors('docs/schemas/KubeletWord.schema.json', page), []);
    });
});
