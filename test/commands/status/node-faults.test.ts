import * as assert from 'uvu/assert';
import type { Report } from '../../../src/commands/status/report.ts';
import { suite } from '../../kit/suite.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import type { Fault } from '../../sandbox/faults.ts';
import { statusFaults } from './faults.ts';
import { pair } from './given.ts';

inVirtualTime();

const certificates: Readonly<Partial<Record<Fault, string>>> = {
  'wrong-name':
    ': subject CN=system:node:node-10,O=system:nodes, issuer CN=sandbox-ca, names DNS:elsewhere',
  'other-authority': ' issuer CN=another-ca,',
  'self-signed': ' issuer CN=node-12-ca@',
};

suite('status of a fleet in which nodes have all faults', (test) => {
  for (const minor of [31, 37])
    test(`has both paths, one finding and its evidence for each node of 1.${minor}`, () =>
      withSandbox(
        { minor, nodes: ['none', ...statusFaults.map(({ fault }) => fault), 'none'] },
        async (sandbox, tool) => {
          for (const each of pair()) each(sandbox);
          const { code, stdout } = await tool('status -o json');
          const { nodes, findings, verdict } = JSON.parse(stdout) as Report;
          assert.equal([code, verdict], [4, 'some nodes fail']);
          const cellsOf = (name: string) => {
            const found = nodes.find((each) => each.name === name);
            return [found?.direct.result, found?.viaApiServer.result];
          };
          assert.equal(cellsOf('node-1'), ['ok', 'ok']);
          for (const [index, row] of statusFaults.entries()) {
            const name = `node-${index + 2}`;
            assert.equal(cellsOf(name), row.cells, row.fault);
            const own = findings.filter((each) => each.nodes.includes(name));
            assert.equal(
              own.map(({ severity, cause }) => `${severity}: ${cause}`),
              [row.cause],
              row.fault,
            );
            const [{ message, evidence, commands } = { message: '', evidence: [], commands: [] }] =
              own;
            assert.ok(message.includes(row.message), `${row.fault}: ${message}`);
            const text = evidence.join('\n');
            assert.not.match(text, 'https://', row.fault);
            if (row.fault !== 'cut-off') assert.not.match(message, 'cannot reach the API server');
            for (const words of [...row.evidence, certificates[row.fault] ?? ''])
              assert.ok(text.includes(words), `${row.fault}: ${words} in ${text}`);
            const { commands: expected = [] } = row;
            assert.is(commands.length, expected.length, `${row.fault}: ${commands.join()}`);
            for (const [at, command] of expected.entries())
              assert.match(commands[at] ?? '', command, row.fault);
          }
          // No node is left, and nothing is about permissions.
          assert.is(new Set(findings.flatMap((each) => each.nodes)).size, statusFaults.length);
          assert.not.match(stdout, /forbidden|kubeletaccess grant/);
        },
      ));
});
