import { describe } from '../../cli/command-definition.ts';
import { declare } from '../../cli/option.ts';
import { parseSubjectOption } from '../../cli/parse-options.ts';
import { exitCodeOf } from '../../errors.ts';
import { readClusterRbac } from '../../kube/api-server/rbac-lists.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { ListCommand, subjectOption } from '../shared/rows/table-command.ts';
import { grantRows, grantsView, unreadableGrants } from './rows.ts';

export class GrantsCommand extends ListCommand {
  static override paths = [['grants']];
  static override usage = describe({
    details:
      'List active grants: subject, profile, nodes, who granted it, and when it expires.\n\nExpired access is listed first: it still works until revoke --expired removes it.',
    examples: [
      ['List all grants', 'kubectl kubeletaccess grants'],
      ['What has expired?', 'kubectl kubeletaccess grants --expired'],
    ],
    exitCodes: [
      [0, 'all grants were read'],
      [4, 'the record of some grants cannot be read'],
    ],
  });

  expired = declare.selection.flag('--expired', 'Only access that has expired.');
  subject = subjectOption();

  override async execute(): Promise<number> {
    const subject =
      this.subject === '' ? undefined : formatSubject(parseSubjectOption(this.subject));
    const print = this.openRows(grantsView);
    using apiServer = await this.openApiServer();
    const { roles, bindings } = await readClusterRbac(apiServer);
    const rows = grantRows(roles, bindings, Date.now()).filter(
      (row) =>
        (subject === undefined || row.subject === subject) && (!this.expired || row.isExpired),
    );
    await print(rows);
    const unreadable = unreadableGrants(bindings);
    for (const { message, hints } of unreadable)
      this.context.stderr.write(
        `warning: ${escapeControlLine(message)}\n${hints.map((hint) => `hint: ${hint}\n`).join('')}`,
      );
    const isPartial = unreadable.length > 0;
    if (rows.length === 0 && !isPartial) this.context.stderr.write('no grants found\n');
    return exitCodeOf({ isPartial });
  }
}
