import * as assert from 'uvu/assert';
import { outcomeOf } from '../../../src/commands/status/probe.ts';
import type { Report } from '../../../src/commands/status/report.ts';
import { suite } from '../../kit/suite.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import type { Fault } from '../../sandbox/faults.ts';
import { checkFinding } from './check.ts';
import { findingOf, statusFaults } from './faults.ts';
import { pair } from './given.ts';

inVirtualTime();

const certificates: Readonly<Partial<Record<Fault, string>>> = {
  'wrong-name':
    ': subject CN=system:node:node-10,O=system:nodes, issuer CN=sandbox-ca, names DNS:elsewhere',
  'other-authority': ' issuer CN=another-ca,',
  'self-signed': ' issuer CN=node-12-ca@',
};

suite('status of a fleet with all faults of nodes', (test) => {
  for (const minor of [31, 37])
    test(`reports direct requests, requests through the API server, and one finding for each node of 1.${minor}`, () =>
      withSandbox(
        { minor, nodes: ['none', ...statusFaults.map(({ fault }) => fault), 'none'] },
        async (sandbox, tool) => {
          for (const each of pair()) each(sandbox);
          const { code, stdout } = await tool('status -o json');
          const report = JSON.parse(stdout) as Report;
          const { nodes, findings, verdict } = report;
          assert.equal([code, verdict], [4, 'some-nodes-fail']);
          assert.equal(
            report.hops.map(({ result }) => result),
            ['ok', 'failed', 'failed'],
          );
          const cellsOf = (name: string) => {
            const found = nodes.find((each) => each.name === name);
            return found && [found.direct, found.viaApiServer].map(outcomeOf);
          };
          assert.equal(cellsOf('node-1'), ['ok', 'ok']);
          for (const [index, row] of statusFaults.entries()) {
            const name = `node-${index + 2}`;
            assert.equal(cellsOf(name), row.cells, row.fault);
            const own = findings.filter((each) => each.nodeNames.includes(name));
            assert.equal(
              own.map(({ severity, cause }) => `${severity}: ${cause}`),
              [row.cause],
              row.fault,
            );
            const [finding] = own;
            assert.ok(finding);
            const expected = { ...findingOf(row, name), nodes: finding.nodeNames };
            checkFinding(finding, expected, report, row.fault);
            const text = finding.evidence.join('\n');
            assert.not.match(text, 'https://', row.fault);
            assert.ok(text.includes(certificates[row.fault] ?? ''), text);
            if (row.fault !== 'cut-off')
              assert.not.match(finding.message, 'cannot reach the API server');
          }
          // Each node with a fault has a finding, and no finding is about permissions.
          assert.is(new Set(findings.flatMap((each) => each.nodeNames)).size, statusFaults.length);
          assert.not.match(stdout, /forbidden|kubeletaccess grant/);
        },
      ));
});
