import { useTranslation } from 'react-i18next';
import type { View } from '../../main/contracts/view.ts';
import { WorkingPicture } from './pictures/working.tsx';

/** Over the last screen while the core is away: nothing under it can be touched, and nothing looks broken. */
export function RecoveringNote({ over }: { over: View | undefined }) {
  const { t } = useTranslation();
  return (
    <div className="cover" role="alert">
      <div className="cover__card">
        <WorkingPicture />
        <h2 className="dialog__title">{t(over ? 'recovering.title' : 'recovering.starting')}</h2>
        <p>{t(over?.visit ? 'recovering.lead' : 'recovering.startingLead')}</p>
      </div>
    </div>
  );
}
