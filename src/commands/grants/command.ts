import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { openConnection, openServer } from '../../cli/connection.ts';
import { declare } from '../../cli/option.ts';
import { parseSubjectOption } from '../../cli/parse-options.ts';
import { exitCodes } from '../../errors.ts';
import { readClusterRbac } from '../../kube/api-server/rbac-lists.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { openRows, subjectOption, tableOptions } from '../shared/rows/table-options.ts';
import { grantRows, grantsView } from './rows.ts';

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
    const print = openRows(grantsView, this.table, this);
    using apiServer = openServer(this, await openConnection(this));
    const { roles, bindings } = await readClusterRbac(apiServer);
    const rows = grantRows(roles, bindings, Date.now()).filter(
      (row) => (subject === undefined || row.subject === subject) && (!this.expired || row.expired),
    );
    await print(rows);
    if (rows.length === 0) this.context.stderr.write('no grants found\n');
    return exitCodes.ok;
  }
}
