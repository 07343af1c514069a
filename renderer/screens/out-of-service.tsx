import { useTranslation } from 'react-i18next';
import type { Problem } from '../../main/contracts/view.ts';
import { CallPanel } from '../components/call-panel.tsx';
import { Mark } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { WorkingPicture } from '../components/pictures/working.tsx';

export function OutOfServiceScreen({ problem }: { problem: Problem }) {
  const { t } = useTranslation();
  const recovering = problem === 'terminal-recovering';
  return (
    <Page
      title={t(recovering ? 'outOfService.recovering' : 'outOfService.title')}
      lead={`${t(`problem.${problem}.what`)} ${t(`problem.${problem}.todo`)}`}
      mark={recovering ? <WorkingPicture /> : <Mark tone="warn" />}
      actions={null}
    >
      <CallPanel why={t('call.urgent')} note={t('outOfService.back')} />
    </Page>
  );
}
