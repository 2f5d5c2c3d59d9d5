import { Option } from 'clipanion';
import { describe } from '../../cli/command-definition.ts';
import { completing } from '../../cli/option.ts';
import { parseOneOf, parseSubjectOption } from '../../cli/parse-options.ts';
import { rejectNameAlone } from '../../cli/reject-name-alone.ts';
import { exitCodes } from '../../errors.ts';
import { fineGrainedSince } from '../../kubelet/endpoints.ts';
import { finerGate } from '../../kubelet/finer-permissions.ts';
import { openNarrowable } from '../../kubelet/narrow/narrowable.ts';
import { whoReaches } from '../../kubelet/reach.ts';
import { untyped } from '../shared/rows/body-view.ts';
import { ListCommand, subjectOption } from '../shared/rows/list-command.ts';
import { type Action, actions, dependsOnKubelet, whoCanRows, whoCanView } from './rows.ts';

const words = Object.keys(actions) as Action[];

export class WhoCanCommand extends ListCommand {
  static override paths = [['who-can']];
  static override usage = describe({
    details:
      'List who can reach kubelets, the strongest access first, and through which binding.\n\nWith a word, only who can do that: run commands (exec), read logs, metrics, stats, or pods and configuration (read). Group system:masters, which bypasses RBAC, is not listed. Nothing is sent to kubelets.',
    examples: [
      ['Who can run commands through kubelets?', 'kubectl kubeletaccess who-can exec'],
      [
        'What can an agent do?',
        'kubectl kubeletaccess who-can --subject serviceaccount:monitoring:prometheus -o wide',
      ],
    ],
  });

  action = completing(words, Option.String({ required: false, name: words.join('|') }));
  subject = subjectOption();

  override async execute(): Promise<number> {
    await rejectNameAlone(this, this.subject);
    const action = this.action === undefined ? undefined : parseOneOf('ACTION', this.action, words);
    const subject = this.subject === '' ? undefined : parseSubjectOption(this.subject);
    const print = await this.openRows(untyped(whoCanView));
    const { roles, bindings } = await this.readRbac();
    const rows = whoCanRows(whoReaches(roles, bindings), {
      ...{ action, subject },
      narrowableOf: openNarrowable(roles, bindings),
    });
    await print(rows.map((row) => ({ ...row })));
    if (rows.length === 0) this.context.stderr.write('no subjects found\n');
    const isTable = this.output === 'table';
    const isTold = rows.filter(({ narrowable }) => !isTable || narrowable === 'yes');
    if (isTold.some(({ needs }) => dependsOnKubelet(needs)))
      this.context.stderr.write(
        `note: what agents need, and so what is narrowable, is of kubelets since 1.${fineGrainedSince} with ${finerGate} on, its default: narrow asks the kubelets of the cluster\n`,
      );
    // No binding says so: the API server lets them do anything.
    this.context.stderr.write('note: group:system:masters may do everything, and is not listed\n');
    return exitCodes.ok;
  }
}
