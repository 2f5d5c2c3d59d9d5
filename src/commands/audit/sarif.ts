import { auditRules, type Severity } from '../../kubelet/audit-rules.ts';
import { formatCis } from '../../kubelet/cis.ts';
import { jsonParts } from '../../text/serialize-parts.ts';
import { version } from '../../version.ts';
import type { AuditFinding, FindingPlace } from './finding.ts';
import type { AuditReport, NotChecked } from './report.ts';

/** Viewers rank results by score: critical from 9.0, high from 7.0, medium from 4.0. */
const scores: Readonly<Record<Severity, string>> = {
  high: '8.0',
  medium: '5.0',
  low: '2.0',
  info: '0.0',
};

/**
 * Renders an audit as SARIF 2.1.0, with one result for each place of a finding. Makes the results one by one, because an audit may have
 * tens of thousands. Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function renderSarif(report: AuditReport): Iterable<string> {
  return jsonParts({
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver },
        invocations: [
          {
            executionSuccessful: report.notChecked.length === 0,
            endTimeUtc: report.time,
            toolExecutionNotifications: report.notChecked.map(notification),
          },
        ],
        results: report.findings
          .values()
          .flatMap((finding) => finding.places.values().map((place) => result(finding, place))),
        properties: { server: report.server },
      },
    ],
  });
}

const driver = {
  name: 'kubectl-kubeletaccess',
  version,
  semanticVersion: version,
  rules: auditRules.map(({ id, name, severity, title, why, remedy, cis }) => ({
    id,
    name,
    shortDescription: { text: sentence(title) },
    fullDescription: { text: why },
    help: {
      text: `${why}\n\nRemedy: ${remedy}${cis ? `\n\n${formatCis(cis)}: ${cis.title}` : ''}`,
    },
    defaultConfiguration: { level: level(severity) },
    properties: {
      tags: ['security', 'kubernetes', ...(cis ? [formatCis(cis)] : [])],
      'security-severity': scores[severity],
    },
  })),
};

function result({ id, severity, message, remedy }: AuditFinding, place: FindingPlace) {
  const where = qualifiedName(place);
  return {
    ruleId: id,
    ruleIndex: auditRules.findIndex((rule) => rule.id === id),
    // In SARIF, an informational result has a `kind`, and the level `none`.
    ...(severity === 'info' ? { kind: 'informational' } : {}),
    level: level(severity),
    message: { text: plain(`${sentence(message)} ${sentence(place.evidence)} Remedy: ${remedy}`) },
    locations: [location(place)],
    partialFingerprints: {
      'kubeletaccess/v1': [id, where, ...(place.part === undefined ? [] : [place.part])].join('|'),
    },
    properties: { severity, 'security-severity': scores[severity] },
  };
}

function notification({ what, nodes, message, hint }: NotChecked) {
  const text = `Not checked: ${what}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
  return {
    level: 'warning',
    message: { text: plain(text) },
    locations: nodes.map((name) => location({ kind: 'Node', name })),
  };
}

/**
 * Locates an object at line 1 of a file that does not exist, because GitHub code scanning shows only results with a file and a line.
 * Source: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
function location(object: Pick<FindingPlace, 'kind' | 'name'>) {
  const { kind, name } = object;
  const folder = kind === 'Node' ? 'nodes' : 'clusterrolebindings';
  const uri = `kubernetes/${folder}/${encodeURIComponent(name.toWellFormed())}`;
  return {
    physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } },
    logicalLocations: [{ name, fullyQualifiedName: qualifiedName(object), kind: 'resource' }],
  };
}

/** Removes line breaks and Markdown links from text that servers sent. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('](', '] (');
}

function qualifiedName({ kind, name }: Pick<FindingPlace, 'kind' | 'name'>): string {
  return kind === 'Node'
    ? `nodes/${name}`
    : `clusterrolebindings.rbac.authorization.k8s.io/${name}`;
}

function level(severity: Severity): 'error' | 'warning' | 'note' | 'none' {
  return ({ high: 'error', medium: 'warning', low: 'note', info: 'none' } as const)[severity];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
