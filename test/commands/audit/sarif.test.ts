import * as assert from 'uvu/assert';
import { rule } from '../../kit/rbac.ts';
import { checkSarif, type SarifLog } from '../../kit/sarif.ts';
import { suite } from '../../kit/suite.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { allow } from '../../kit/with-sandbox.ts';
import { startSilent, withKubelets } from './kubelets.ts';

inVirtualTime();

const weak = { authorization: { mode: 'AlwaysAllow' }, tlsMinVersion: 'VersionTLS10' };

suite('SARIF', (test) => {
  test('fits its schema, has locations, and has the same fingerprints in the next run', () =>
    withKubelets([{ configuration: weak }, {}, {}], async (audit, _, sandbox) => {
      const silent = await startSilent(sandbox, ['node-4']);
      try {
        allow(sandbox, 'joe', [rule('nodes/proxy')]);
        const run = () => audit(['-o', 'sarif', '--timeout', '2s', '--fail-on', 'high']);
        const first = await run();
        assert.is(first.code, 3, first.stderr);
        const log = JSON.parse(first.stdout) as SarifLog;
        checkSarif(log);
        const [{ results, tool: by, invocations }] = log.runs;
        const told = results.map(
          ({ ruleId, level, locations }) =>
            `${ruleId} ${level} ${locations[0]?.logicalLocations[0]?.fullyQualifiedName}`,
        );
        for (const line of [
          'KA003 error nodes/node-1',
          'KA201 warning nodes/node-1',
          'KA301 warning nodes/node-1',
          'KA102 none nodes/node-2',
          'KA101 none nodes/node-2',
          'KA403 note clusterrolebindings.rbac.authorization.k8s.io/for-joe',
        ])
          assert.ok(told.includes(line), line);
        for (const { help } of by.driver.rules) assert.match(help.text, /Remedy: /);
        const [{ executionSuccessful, toolExecutionNotifications }] = invocations;
        assert.is(executionSuccessful, false);
        assert.match(
          toolExecutionNotifications.map(({ message }) => message.text).join('\n'),
          /Not checked: configuration: cannot reach the kubelet of node-4/,
        );
        const fingerprints = (text: string) =>
          (JSON.parse(text) as SarifLog).runs[0].results.map(
            ({ partialFingerprints }) => partialFingerprints['kubeletaccess/v1'],
          );
        assert.is(new Set(fingerprints(first.stdout)).size, results.length);
        assert.equal(fingerprints((await run()).stdout), fingerprints(first.stdout));
      } finally {
        await silent.stop();
      }
    }));

  test('has a file name for each result, and no Markdown link, even with hostile names', () =>
    withKubelets([{}], async (audit, _, sandbox) => {
      allow(sandbox, 'joe:[see](https://evil.example)\n%\ufffd', [rule('nodes/proxy')]);
      const { stdout } = await audit(['-o', 'sarif']);
      const log = JSON.parse(stdout) as SarifLog;
      checkSarif(log);
      const [{ results }] = log.runs;
      const uris = results.map(
        ({ locations }) => locations[0]?.physicalLocation.artifactLocation.uri,
      );
      assert.equal(
        [...new Set(uris)],
        [
          'kubernetes/clusterrolebindings/for-joe%3A%5Bsee%5D(https%3A%2F%2Fevil.example)%0A%25%EF%BF%BD',
          'kubernetes/nodes/node-1',
        ],
      );
      for (const { message } of results) assert.not.match(message.text, /\]\(|\n/);
    }));
});
