import * as assert from 'uvu/assert';

export interface SarifLog {
  readonly $schema: string;
  readonly version: string;
  readonly runs: readonly [
    {
      readonly tool: {
        readonly driver: { readonly rules: readonly { id: string; help: { text: string } }[] };
      };
      readonly invocations: readonly [
        {
          readonly executionSuccessful: boolean;
          readonly toolExecutionNotifications: readonly { message: { text: string } }[];
        },
      ];
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly kind?: string;
        readonly partialFingerprints: Readonly<Record<string, string>>;
        readonly message: { readonly text: string };
        readonly locations: readonly {
          readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } };
          readonly logicalLocations: readonly { readonly fullyQualifiedName: string }[];
        }[];
      }[];
    },
  ];
}

/** Checks what readers of SARIF require: https://docs.oasis-open.org/sarif/sarif/v2.1.0 */
export function checkSarif({ $schema, version, runs: [run] }: SarifLog): void {
  assert.is(version, '2.1.0');
  assert.match($schema, /^https:.*sarif.*2\.1\.0/);
  const ids = run.tool.driver.rules.map(({ id }) => id);
  assert.is(new Set(ids).size, ids.length);
  for (const { ruleId, ruleIndex, level, kind = 'fail', message, locations } of run.results) {
    assert.is(ids[ruleIndex], ruleId);
    assert.ok(['none', 'note', 'warning', 'error'].includes(level), level);
    // Only failures may have a level other than `none`.
    assert.ok(kind === 'fail' || level === 'none', kind);
    assert.ok(message.text !== '' && locations.length > 0);
  }
}
