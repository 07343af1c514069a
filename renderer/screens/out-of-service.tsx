import { useTranslation } from 'react-i18next';
import type { TerminalProblem } from '../../main/contracts/view.ts';
import { CallPanel } from '../components/call-panel.tsx';
import { Mark } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { WorkingPicture } from '../components/pictures/working.tsx';
import { whatAndTodo } from '../i18n/problem-text.ts';

export function OutOfServiceScreen({ problem }: { problem: TerminalProblem }) {
  const { t } = useTranslation();
  const recovering = problem === 'terminal-recovering';
  return (
    <Page
      title={t(recovering ? 'outOfService.recovering' : 'outOfService.title')}
      lead={whatAndTodo(t, problem)}
      mark={recovering ? <WorkingPicture /> : <Mark tone="warn" />}
      actions={null}
    >
      <CallPanel why={t('call.urgent')} note={t('outOfService.back')} />
    </Page>
  );
}
