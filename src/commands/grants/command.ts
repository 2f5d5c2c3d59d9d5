import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { openConnection, openServer } from '../../cli/connection.ts';
import { declare } from '../../cli/option.ts';
import { parseSubjectOption } from '../../cli/parse-options.ts';
import { exitCodes } from '../../errors.ts';
import { readClusterRbac } from '../../kube/api-server/rbac-lists.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { printerOf, subjectOption, tableOptions } from '../shared/rows/table-options.ts';
import { grantsView, listGrants } from './rows.ts';

export class GrantsCommand extends ClusterCommand {
  static override paths = [['grants']];
  static override readonly uses = [] as const;
  static override usage = describe({
    details:
      'List active grants: subject, profile, nodes, who granted it, and when it expires.\n\nExpired access is listed first: it still works until revoke --expired removes it.',
    examples: [
      ['List all grants', 'kubectl kubeletaccess grants'],
      ['What has expired?', 'kubectl kubeletaccess grants --expired'],
    ],
  });

  expired = declare.selection.flag('--expired', 'Only access that has expired.');
  subject = subjectOption();
  table = tableOptions();

  override async execute(): Promise<number> {
    const subject =
      this.subject === '' ? undefined : formatSubject(parseSubjectOption(this.subject));
    const print = printerOf(grantsView, this.table, this);
    using apiServer = openServer(this, await openConnection(this));
    const { roles, bindings } = await readClusterRbac(apiServer);
    const grants = listGrants(roles, bindings, Date.now()).filter(
      (each) =>
        (subject === undefined || formatSubject(each.subject) === subject) &&
        (!this.expired || each.isExpired),
    );
    await print(grants);
    if (grants.length === 0) this.context.stderr.write('no grants found\n');
    return exitCodes.ok;
  }
}
