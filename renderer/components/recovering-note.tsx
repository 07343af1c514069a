import { useTranslation } from 'react-i18next';
import { WorkingPicture } from './pictures/working.tsx';

/** Over the last screen while the core is away: nothing under it can be touched, and nothing looks broken. */
export function RecoveringNote({ hasView }: { hasView: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="cover" role="alert">
      <div className="cover__card">
        <WorkingPicture />
        <h2 className="dialog__title">{t(hasView ? 'recovering.title' : 'recovering.starting')}</h2>
        <p>{t(hasView ? 'recovering.lead' : 'recovering.startingLead')}</p>
      </div>
    </div>
  );
}
