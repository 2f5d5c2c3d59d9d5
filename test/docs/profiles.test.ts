import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import { kubeletApiAdmin } from '../../scripts/docs/profiles.ts';
import { docs } from '../../scripts/docs.ts';
import type { ClusterRole } from '../../src/objects.ts';
import { profileNames } from '../../src/rbac/profiles.ts';
import { bindingIn, put, role } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';

const page = readFileSync(join(docs, 'reference/profiles.md'), 'utf8');

suite('docs/reference/profiles.md', (test) => {
  for (const name of profileNames)
    test(`shows the command, the names and the rules of profile ${name}`, () =>
      withSandbox(async (sandbox, tool) => {
        put(sandbox, role('system:kubelet-api-admin', kubeletApiAdmin));
        const section = page.split(/^## /m).find((each) => each.startsWith(`${name}\n`)) ?? '';
        const [, args = ''] = /^kubectl kubeletaccess (.*)$/m.exec(section) ?? [];
        const { code, stderr } = await tool(args.split(' '));
        assert.is(code, 0, stderr);

        const [, roleName = '', bindingName = ''] =
          /^ClusterRole `(.*)`, ClusterRoleBinding `(.*)`:$/m.exec(section) ?? [];
        assert.is(bindingIn(sandbox, bindingName)?.roleRef.name, roleName);
        const [, yaml = ''] = /^```yaml\n(.*?)^```/ms.exec(section) ?? [];
        const created = sandbox.store.get('clusterroles', roleName) as ClusterRole | undefined;
        assert.equal((load(yaml) as ClusterRole).rules, created?.rules);
      }));
});
