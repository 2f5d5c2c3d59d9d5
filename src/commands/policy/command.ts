import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { openConnection, openServer } from '../../cli/connection.ts';
import { declare } from '../../cli/option.ts';
import { parseOneOf, parseSubjectOption, splitLists } from '../../cli/parse-options.ts';
import { printParts } from '../../cli/write-output.ts';
import { exitCodes } from '../../errors.ts';
import { readClusterRbac } from '../../kube/api-server/rbac-lists.ts';
import type { RbacSubject } from '../../objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { counted, summarize } from '../../text/list.ts';
import { renderYaml } from '../../text/serialize.ts';
import {
  type AllowedProxy,
  allowedNow,
  boundTo,
  policyActions,
  proxyPolicies,
} from './proxy-policy.ts';

export class PolicyCommand extends ClusterCommand {
  static override readonly uses = [] as const;
  static override paths = [['policy']];
  static override usage = describe({
    details:
      'Print a ValidatingAdmissionPolicy that denies new grants of nodes/proxy, which allows running commands in every container. Nothing is changed in the cluster.\n\nClusterRoles that grant nodes/proxy, directly or by a wildcard, are denied, and so are ClusterRoleBindings to them. Roles and subjects that already have nodes/proxy on all nodes, or that --allow names, are exempt; expired grants are not.',
    examples: [
      [
        'Warn about new grants, and deny none yet',
        'kubectl kubeletaccess policy --action=warn | kubectl apply -f -',
      ],
      ['Deny new grants', 'kubectl kubeletaccess policy | kubectl apply -f -'],
      [
        'Allow the role and the service account of a chart',
        'kubectl kubeletaccess policy --allow clusterrole/web,mon/web | kubectl apply -f -',
      ],
    ],
  });

  allow = declare.selection.list(
    '--allow',
    'Also allow these: clusterrole/NAME, user:NAME, group:NAME, serviceaccount:NAMESPACE:NAME.',
    { completes: 'subject' },
  );
  action = declare.behavior.text(
    '--action',
    'Action on new grants: deny, or warn (which also writes an audit annotation).',
    {
      initial: 'deny',
      completes: policyActions,
    },
  );

  override async execute(): Promise<number> {
    const added = parseAllowed(this.allow);
    const action = parseOneOf('--action', this.action, policyActions);
    using apiServer = openServer(this, await openConnection(this));
    const { roles, bindings } = await readClusterRbac(apiServer);
    const now = allowedNow(roles, bindings, Date.now());
    const allowed = {
      ...now,
      roles: [...now.roles, ...added.roles],
      subjects: [...now.subjects, ...added.subjects],
    };
    const { stdout, stderr, signal } = this.context;
    const policies = proxyPolicies(allowed, action);
    await printParts({ stdout, signal }, [renderYaml(policies)]);
    stderr.write(
      `note: allowed, as they have nodes/proxy now: ${counted(now.roles.length, 'ClusterRole')} and those bound to them (kubectl kubeletaccess who-can exec)\nnote: nobody else can be bound to these roles, such as cluster-admin, unless --allow names them\n`,
    );
    for (const name of added.roles) {
      const bound = boundTo(name, bindings).map(({ subject }) => formatSubject(subject));
      if (bound.length > 0)
        stderr.write(
          `note: ${escapeControlLine(`bound to ClusterRole ${name} already, and allowed what it allows: ${summarize(bound, 10)}`)}\n`,
        );
    }
    return exitCodes.ok;
  }
}

function parseAllowed(lists: readonly string[]): Pick<AllowedProxy, 'roles' | 'subjects'> {
  const roles: string[] = [];
  const subjects: RbacSubject[] = [];
  for (const text of splitLists(lists)) {
    const [, role] = /^clusterroles?\/(.+)$/s.exec(text) ?? [];
    if (role === undefined)
      subjects.push(parseSubjectOption(text, '--allow', ['clusterrole/NAME']));
    else roles.push(role);
  }
  return { roles, subjects };
}
