import { useTranslation } from 'react-i18next';
import { Page } from '../components/page.tsx';
import { WorkingPicture } from '../components/pictures/working.tsx';

export function EndingScreen() {
  const { t } = useTranslation();
  return (
    <Page title={t('ending.title')} lead={t('ending.lead')} actions={null}>
      <div className="panel panel--picture">
        <WorkingPicture />
      </div>
    </Page>
  );
}
