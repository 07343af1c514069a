import { useTranslation } from 'react-i18next';
import type { Problem } from '../../main/contracts/view.ts';
import { useLocalText, useView } from '../api/terminal.ts';
import { Mark } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { WorkingPicture } from '../components/pictures/working.tsx';

export function OutOfServiceScreen({ problem }: { problem: Problem }) {
  const { t } = useTranslation();
  const text = useLocalText();
  const { place } = useView();
  const recovering = problem === 'terminal-recovering';
  return (
    <Page
      title={t(recovering ? 'outOfService.recovering' : 'outOfService.title')}
      lead={`${t(`problem.${problem}.what`)} ${t(`problem.${problem}.todo`)}`}
      mark={recovering ? <WorkingPicture /> : <Mark tone="warn" />}
      actions={null}
    >
      <div className="panel panel--call">
        <p>{t('outOfService.call')}</p>
        <p className="dialog__number">{place.helpNumber}</p>
        <p>{t('outOfService.say', { machine: `${text(place.name)} ${text(place.machine)}` })}</p>
        <p className="dialog__soft">{t('outOfService.back')}</p>
      </div>
    </Page>
  );
}
